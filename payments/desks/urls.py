from django.urls import path

from payments.desks import answering, views

app_name = "payout_desks"
urlpatterns = [
    path("unknown/", views.unknown_page, name="unknown"),
    path("unknown/<ref:payment_ref>/", views.doubt_page, name="doubt"),
    path("unknown/<ref:payment_ref>/look/", views.look, name="look"),
    path("unknown/<ref:payment_ref>/again/", views.send_again, name="send_again"),
    path("unknown/<ref:payment_ref>/happened/", views.happened, name="happened"),
    path("unknown/<ref:payment_ref>/close/", views.close, name="close"),
    path("failures/", views.failures_page, name="failures"),
    path("failures/<ref:payment_ref>/note/", views.note, name="note"),
    path("failures/<ref:payment_ref>/contradiction/", views.contradiction_page, name="contradiction"),
    path("failures/<ref:payment_ref>/clear/", views.clear, name="clear"),
    path("failures/<ref:payment_ref>/answer/", answering.payment, name="answer"),
    path("capabilities/<int:capability_pk>/answer/", answering.capability, name="answer_capability"),
    path("findings/<int:finding_id>/confirm/", views.confirm, name="confirm"),
    path("findings/<int:finding_id>/take-back/", views.take_back, name="take_back"),
]
