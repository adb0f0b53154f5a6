from django.urls import path

from payments import asking, asking_crypto, payee_desk, views

app_name = "payments"
urlpatterns = [
    path("", views.queue_page),
    path("queue/", views.queue_page, name="queue"),
    path("next/", views.next_page, name="next"),
    path("request/", asking.request_page, name="request"),
    path("account/", asking.account_page, name="account"),
    path("wallet/", asking_crypto.wallet_page, name="wallet"),
    path("to-confirm/", payee_desk.to_confirm_page, name="to_confirm"),
    path("money-out/", views.money_out_page, name="money_out"),
    path("money-out/stop/", views.stop_money_out, name="stop_money_out"),
    path("money-out/ask/", views.ask_to_open, name="ask_to_open"),
    path("money-out/confirm/", views.confirm_open, name="confirm_open"),
    path("<ref:payment_ref>/approve/", views.approve, name="approve"),
    path("<ref:payment_ref>/quote/", views.fresh_quote, name="fresh_quote"),
    path("review/", views.review, name="review"),
    path("<ref:payment_ref>/withdraw-approval/", views.withdraw_approval, name="withdraw_approval"),
    path("<ref:payment_ref>/reveal/", views.reveal, name="reveal"),
]
