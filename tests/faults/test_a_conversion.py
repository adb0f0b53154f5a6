"""A conversion, whatever happens on its way. It has no submit: the answer that is lost is that of its draft."""

import pytest
from django.utils import timezone

from payments import services
from tests.faults.books import books_agree
from tests.faults.scene import Scene, again, approve, settles
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("house")


def test_takes_effect_once_where_every_answer_is_lost_after_booking(scene: Scene) -> None:
    scene.oceafin.fault("lose_response", operation="createConversionQuote$", times=2)
    scene.oceafin.fault("lose_response", operation="createConversion$")
    payment, _is_new = services.request_payment(
        payment_ref="cv-1",
        kind="CONVERSION",
        customer=scene.customer,
        details={"sellCurrency": "EUR", "buyCurrency": "USD", "sellAmount": "60.00"},
        actor=scene.maker,
        now=timezone.now(),
    )
    eventually(lambda: again(payment).terms_digest, 20)
    approve(payment, scene.approvers[0])
    settles(scene, payment)
    assert len(scene.oceafin.conversions("cv-1")) == 1
    books_agree(scene.oceafin, house=scene.house)
