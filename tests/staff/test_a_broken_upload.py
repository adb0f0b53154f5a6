"""An upload on a page of staff that broke off on its way is refused, though the file looks whole."""

import pytest
from django.urls import reverse

from backoffice.staff.roles import Role
from customers.models import Document
from tests.customers.specimens import pdf
from tests.onboarding.conftest import make_case
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def form(end: bytes) -> bytes:
    return (
        b'--x\r\nContent-Disposition: form-data; name="document_type"\r\n\r\nSELFIE\r\n'
        b'--x\r\nContent-Disposition: form-data; name="confirmed"\r\n\r\n1\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + pdf() + end
    )


@pytest.mark.parametrize("page", ["case", "customer"])
def test_is_refused_wherever_staff_bring_a_document_in(client, page) -> None:
    case = make_case(document_ids=[])
    address = {
        "case": reverse("onboarding:add_document", args=[case.case_ref]),
        "customer": f"/customers/customer/{case.customer_id}/do/upload/",
    }[page]
    sign_in(client, person(Role.COMPLIANCE_REVIEWER))
    for end in (b"", b"\r\n", b"\r\n--x"):
        answer = client.generic("POST", address, form(end), "multipart/form-data; boundary=x")
        assert answer.status_code == 400
        assert "The upload broke off before its end. Send it again." in answer.content.decode()
    assert not Document.objects.exists()
    whole = client.generic("POST", address, form(b"\r\n--x--\r\n"), "multipart/form-data; boundary=x")
    assert whole.status_code == 302
    assert Document.objects.get().document_type == "SELFIE"
