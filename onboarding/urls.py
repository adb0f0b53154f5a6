from django.urls import path

from onboarding import bulk_views, drafting_views, editing_views, queue_views, views
from onboarding.consent.views import consent_page
from onboarding.evidence.views import evidence_pack
from onboarding.facts_views import keep_facts
from onboarding.people import views as people
from onboarding.presence.views import looking
from onboarding.risk import matrix_views
from onboarding.risk import views as risk_views
from onboarding.service_levels.views import service_levels_page

app_name = "onboarding"
urlpatterns = [
    path("", queue_views.queue_page, name="queue"),
    path("chosen/", bulk_views.chosen, name="bulk"),
    path("chosen/reassign/", bulk_views.reassign, name="bulk_reassign"),
    path("chosen/export/", bulk_views.export, name="bulk_export"),
    path("service-levels/", service_levels_page, name="service_levels"),
    path("risk-matrix/", matrix_views.matrix_page, name="risk_matrix"),
    path("risk-matrix/<int:version>/", matrix_views.matrix_version_page, name="risk_matrix_version"),
    path("next/", queue_views.next_case, name="next"),
    path("<ref:case_ref>/", views.case_page, name="case"),
    path("<ref:case_ref>/tabs/<slug:tab>/", views.case_tab, name="tab"),
    path("<ref:case_ref>/looking/", looking, name="looking"),
    path("<ref:case_ref>/hand-over/", queue_views.hand_over, name="hand_over"),
    path("<ref:case_ref>/data/", editing_views.edit_data, name="edit"),
    path("<ref:case_ref>/documents/add/", editing_views.add_document, name="add_document"),
    path("<ref:case_ref>/drafts/", drafting_views.drafts, name="drafts"),
    path("<ref:case_ref>/drafts/<slug:form>/", drafting_views.save_draft, name="draft"),
    path("<ref:case_ref>/do/attest/", views.attest, name="attest"),
    path("<ref:case_ref>/consent/", consent_page, name="consent"),
    path("<ref:case_ref>/evidence/", evidence_pack, name="evidence"),
    path("<ref:case_ref>/risk/screenings/", risk_views.record_screening, name="record_screening"),
    path("<ref:case_ref>/risk/override/", risk_views.override, name="override_rating"),
    path("<ref:case_ref>/risk/again/", risk_views.rate_again, name="rate_again"),
    path("<ref:case_ref>/risk/hits/<int:pk>/decide/", risk_views.decide_hit, name="decide_hit"),
    path("<ref:case_ref>/do/<slug:act>/", views.act, name="act"),
    path("<ref:case_ref>/documents/<int:pk>/decide/", views.decide_document, name="decide"),
    path("<ref:case_ref>/documents/<int:pk>/facts/", keep_facts, name="facts"),
    path("<ref:case_ref>/documents/<int:pk>/pages/<int:page>.png", views.document_page, name="page"),
    path("<ref:case_ref>/documents/<int:pk>/original/", views.document_original, name="original"),
    path("<ref:case_ref>/people/<uuid:person_id>/decide/", people.decide_person, name="decide_person"),
    path("<ref:case_ref>/people/<uuid:person_id>/link/", people.link_document, name="link_person"),
    path("<ref:case_ref>/people/<uuid:person_id>/unlink/", people.unlink_document, name="unlink_person"),
]
