"""The GraphQL documents, as constants: what differs between two calls is in the variables, never in the text.

Each document is named after its operation, which is what the meters and the answers' errors call it.
"""

__all__ = [
    "BALANCE",
    "BOOKS",
    "BOOK_ENTRY",
    "CREATE_INVOICE",
    "CREATE_OPEN_INVOICE",
    "CURRENCIES",
    "IDENTIFY",
    "LOGIN",
    "PAY_INVOICE",
    "PAY_OPEN_INVOICE",
    "PAY_WALLET",
    "PRICE",
    "PROFILE",
    "RATE",
    "RECIPIENT",
    "SEND_CODE",
    "SET_USERNAME",
    "TRANSACTIONS",
    "TRANSACTION_PAGE",
    "USERNAME_AVAILABLE",
]

PRICE = """
query realtimePrice($currency: DisplayCurrency!) {
  realtimePrice(currency: $currency) { btcSatPrice { base offset } }
}"""

RATE = """
query realtimePrice($currency: DisplayCurrency!) {
  realtimePrice(currency: $currency) { usdCentPrice { base offset } }
}"""

CURRENCIES = """
query currencyList {
  currencyList { id symbol name fractionDigits }
}"""

RECIPIENT = """
query accountDefaultWallet($username: Username!, $walletCurrency: WalletCurrency!) {
  accountDefaultWallet(username: $username, walletCurrency: $walletCurrency) { id walletCurrency }
}"""

PROFILE = """
query me {
  me { id phone username defaultAccount { id displayCurrency wallets { id walletCurrency } } }
}"""

IDENTIFY = PROFILE.replace("query me ", "query identify ")
"""PROFILE, asked with a token whose account is not known yet: no cache can answer it, so it has a name of its own."""

BALANCE = """
query balance {
  me { defaultAccount { id wallets { id walletCurrency balance } } }
}"""

TRANSACTIONS = """
query transactions($first: Int!) {
  me {
    defaultAccount {
      id
      transactions(first: $first) {
        edges {
          node {
            id direction status createdAt memo
            settlementAmount settlementCurrency settlementDisplayAmount settlementDisplayCurrency
          }
        }
      }
    }
  }
}"""

TRANSACTION_PAGE = """
query transactionPage($first: Int!, $after: String, $wallets: [WalletId]) {
  me {
    defaultAccount {
      id
      transactions(first: $first, after: $after, walletIds: $wallets) {
        pageInfo { hasNextPage endCursor }
        edges {
          node {
            id direction status createdAt memo
            settlementAmount settlementCurrency settlementDisplayAmount settlementDisplayCurrency
          }
        }
      }
    }
  }
}"""

BOOKS = """
query books($first: Int!, $wallets: [WalletId]) {
  me {
    defaultAccount {
      id
      transactions(first: $first, walletIds: $wallets) {
        edges { node { id direction createdAt settlementAmount settlementCurrency } }
      }
    }
  }
}"""

BOOK_ENTRY = """
query bookEntry($input: TransactionDetailsInput!) {
  transactionDetails(input: $input) { errors { message } transactionDetails { id memo paymentHash status } }
}"""

USERNAME_AVAILABLE = """
query usernameAvailable($username: Username!) {
  usernameAvailable(username: $username)
}"""

SEND_CODE = """
mutation userPhoneRegistrationInitiate($input: UserPhoneRegistrationInitiateInput!) {
  userPhoneRegistrationInitiate(input: $input) { success errors { code message } }
}"""

LOGIN = """
mutation userLogin($input: UserLoginInput!) {
  userLogin(input: $input) { authToken totpRequired errors { code message } }
}"""

SET_USERNAME = """
mutation userUpdateUsername($input: UserUpdateUsernameInput!) {
  userUpdateUsername(input: $input) { user { username } errors { code message } }
}"""

CREATE_INVOICE = """
mutation lnUsdInvoiceCreate($input: LnUsdInvoiceCreateInput!) {
  lnUsdInvoiceCreate(input: $input) { invoice { paymentRequest paymentHash } errors { code message } }
}"""

CREATE_OPEN_INVOICE = """
mutation lnNoAmountInvoiceCreate($input: LnNoAmountInvoiceCreateInput!) {
  lnNoAmountInvoiceCreate(input: $input) { invoice { paymentRequest paymentHash } errors { code message } }
}"""

PAY_WALLET = """
mutation intraLedgerUsdPaymentSend($input: IntraLedgerUsdPaymentSendInput!) {
  intraLedgerUsdPaymentSend(input: $input) { status errors { code message } }
}"""

PAY_INVOICE = """
mutation lnInvoicePaymentSend($input: LnInvoicePaymentInput!) {
  lnInvoicePaymentSend(input: $input) { status errors { code message } }
}"""

PAY_OPEN_INVOICE = """
mutation lnNoAmountUsdInvoicePaymentSend($input: LnNoAmountUsdInvoicePaymentInput!) {
  lnNoAmountUsdInvoicePaymentSend(input: $input) { status errors { code message } }
}"""
