"""The intake API, version 1. Each app's endpoints stand here; what is no address is a problem, not a page."""

from django.urls import path, re_path

from backoffice.rest.schema import SchemaView
from backoffice.rest.views import NotThere
from customers import api as customers
from customers.screening import api as screening
from onboarding import api as onboarding
from payments import api as payments
from payments import beneficiaries_api as beneficiaries
from payments import rates_api as rates
from payments import wallets_api as wallets
from payments.accounts.collections import api as collections
from payments.accounts.deposits import addresses_api as deposit_addresses
from payments.accounts.deposits import api as deposits
from payments.accounts.fiat import accounts_api as fiat_accounts
from payments.accounts.fiat import applications_api as fiat_applications
from payments.accounts.statements import api as statements
from payments.accounts.travel_rule import api as travel_rule
from payments.batches import api as batches
from payments.desks import informing_api as payment_info

urlpatterns = [
    path("schema/", SchemaView.as_view()),
    path("v1/customers", customers.CustomersView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>", customers.CustomerView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/documents", customers.DocumentsView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/screenings", screening.ScreeningsView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/onboarding-cases", onboarding.CasesView.as_view()),
    path("v1/onboarding-cases/<ref:case_ref>", onboarding.CaseView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/bank-accounts", beneficiaries.BankAccountsView.as_view()),
    path(
        "v1/customers/<ref:partner_customer_ref>/bank-accounts/<ref:bank_account_ref>",
        beneficiaries.BankAccountView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/crypto-wallet-addresses",
        wallets.WalletAddressesView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/crypto-wallet-addresses/<ref:wallet_address_ref>",
        wallets.WalletAddressView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/fiat-account-capabilities",
        fiat_accounts.CapabilitiesView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/fiat-account-applications",
        fiat_applications.CustomersApplicationsView.as_view(),
    ),
    path("v1/customers/<ref:partner_customer_ref>/fiat-accounts", fiat_accounts.AccountsView.as_view()),
    path(
        "v1/customers/<ref:partner_customer_ref>/fiat-deposit-instructions",
        fiat_accounts.InstructionsView.as_view(),
    ),
    path("v1/fiat-account-applications", fiat_applications.ApplicationsView.as_view()),
    path("v1/fiat-account-applications/<ref:application_ref>", fiat_applications.ApplicationView.as_view()),
    path(
        "v1/fiat-account-applications/<ref:application_ref>/additional-info",
        fiat_applications.AdditionalInfoView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/collection-wallets",
        collections.CollectionWalletsView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/collection-wallets/<ref:collection_wallet_ref>",
        collections.CollectionWalletView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/collections",
        collections.CustomersCollectionsView.as_view(),
    ),
    path("v1/collections", collections.CollectionsView.as_view()),
    path("v1/collections/<ref:collection_id>", collections.CollectionView.as_view()),
    path("v1/fiat-deposits", deposits.FiatDepositsView.as_view()),
    path("v1/fiat-deposits/<ref:deposit_id>", deposits.FiatDepositView.as_view()),
    path("v1/crypto-deposits", deposits.CryptoDepositsView.as_view()),
    path("v1/crypto-deposits/<ref:deposit_id>", deposits.CryptoDepositView.as_view()),
    path("v1/crypto-deposits/<ref:deposit_id>/travel-rule", travel_rule.TravelRuleView.as_view()),
    path(
        "v1/customers/<ref:partner_customer_ref>/fiat-deposits",
        deposits.FiatDepositsOfCustomerView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/crypto-deposits",
        deposits.CryptoDepositsOfCustomerView.as_view(),
    ),
    path(
        "v1/customers/<ref:partner_customer_ref>/crypto-deposit-addresses",
        deposit_addresses.DepositAddressesView.as_view(),
    ),
    path("v1/rates", rates.RatesView.as_view()),
    path("v1/payment-requests", payments.PaymentsView.as_view()),
    path("v1/payment-requests/<ref:payment_ref>", payments.PaymentView.as_view()),
    path("v1/payment-requests/<ref:payment_ref>/additional-info", payment_info.PaymentInfoView.as_view()),
    path("v1/payment-batches", batches.BatchesView.as_view()),
    path("v1/payment-batches/<ref:batch_ref>", batches.BatchView.as_view()),
    path("v1/payment-batches/<ref:batch_ref>/rows", batches.RowsView.as_view()),
    path("v1/payment-batches/<ref:batch_ref>/booking", batches.BookingView.as_view()),
    path("v1/payment-batches/<ref:batch_ref>/cancellation", batches.CancellationView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/balances", statements.BalancesView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/transactions", statements.TransactionsView.as_view()),
    path("v1/customers/<ref:partner_customer_ref>/statements", statements.StatementsView.as_view()),
    path("v1/transactions/<ref:transaction_id>", statements.TransactionView.as_view()),
    re_path(r"^.*", NotThere.as_view()),
]
