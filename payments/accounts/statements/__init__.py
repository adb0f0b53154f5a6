"""Balances, transactions and statements: what moved in a customer's accounts, what explains it, what it adds up to.

Models stand in payments.accounts. Nothing here decides about money: it shows what Oceafin told, digit by digit.
"""
