from django.urls import path

from payments.policies import views

app_name = "policies"
urlpatterns = [
    path("", views.policy_page, name="policy"),
    path("propose/", views.propose_page, name="propose"),
    path("<int:number>/", views.version_page, name="version"),
    path("<int:number>/approve/", views.approve, name="approve"),
    path("<int:number>/withdraw/", views.withdraw, name="withdraw"),
]
