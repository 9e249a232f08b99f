//! Every code that a problem can have: the one table behind answers and their documentation.

use axum::http::StatusCode;

/// What a problem's `code` stands for, whatever the occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable name, in snake case; `/problems/{name}` is the problem's type.
    pub name: &'static str,
    /// The status that it is answered with.
    pub status: StatusCode,
    /// The same few words on every occasion.
    pub title: &'static str,
    /// What it means and what to do about it: the text of its page.
    pub meaning: &'static str,
}

impl Code {
    /// The code with this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|code| code.name == name)
    }

    /// The page about the code, in Markdown.
    pub fn markdown(&self) -> String {
        let Self { name, status, title, meaning } = self;
        format!("# {title}\n\n`{name}`, status {}\n\n{meaning}\n", status.as_u16())
    }
}

macro_rules! codes {
    ($($constant:ident = $name:literal, $status:ident, $title:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $constant: &Code = &Code {
                name: $name,
                status: StatusCode::$status,
                title: $title,
                meaning: $meaning,
            };
        )+

        /// Every code, by status and then as a reader would look for it.
        pub const ALL: &[&Code] = &[$($constant),+];
    };
}

codes! {
    INVALID_REQUEST = "invalid_request", BAD_REQUEST, "The request is not usable",
        "A header, the query or the form of the request cannot be read. The detail says what; correct it and send the request again.";
    MALFORMED_JSON = "malformed_json", BAD_REQUEST, "The body is not JSON",
        "The body is not one JSON document in UTF-8, goes on after its end, or is nested more than 32 levels deep.";
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required", BAD_REQUEST, "An idempotency key is required",
        "This request moves money, so it must carry an `X-Idempotency-Key` header of 1 to 255 visible characters: a fresh one for each thing to be done, the same one for each attempt at it.";
    UNAUTHENTICATED = "unauthenticated", UNAUTHORIZED, "Sign in first",
        "No sign-in came with the request, or one that is unknown, unreadable or over. Log in or refresh the token, then send the request again.";
    INVALID_CREDENTIALS = "invalid_credentials", UNAUTHORIZED, "The credentials are wrong",
        "The email, the password or the code is wrong. Which of them it was is never told.";
    MFA_REQUIRED = "mfa_required", UNAUTHORIZED, "A second factor is required",
        "The password was right and the account asks for a second factor. Send the code together with the `mfa_token` of this answer to `/login/2fa` within `expires_in` seconds, or use a passkey by `/passkeys/login/start`. `methods` tells which factors there are.";
    OAUTH_FAILED = "oauth_failed", BAD_REQUEST, "Signing in through the provider failed",
        "What came back from the provider does not count: the attempt took longer than ten minutes, was finished before, began in another browser, was refused by the provider, or the provider's answer is not valid. Begin again at `/oauth/{provider}/start`; if it keeps failing, operators find the cause in the log by the `request_id`.";
    TOKEN_REVOKED = "token_revoked", UNAUTHORIZED, "The token was revoked",
        "The session behind the token has ended: by logging out, by an administrator, or because a token of it was used twice. Log in again.";
    DEVICE_MISMATCH = "device_mismatch", UNAUTHORIZED, "The token belongs to another device",
        "The token was issued to a device with another `X-Device-Fingerprint`. Its session has been ended and its owner told; log in again.";
    CSRF_FAILED = "csrf_failed", FORBIDDEN, "The CSRF token is missing or wrong",
        "Requests that sign in by cookie must repeat the CSRF token in `X-CSRF-Token`. Get one from `/api/v1/csrf-token`.";
    FORBIDDEN = "forbidden", FORBIDDEN, "Not permitted",
        "The person or client that signed in may not do this. Asking again will not help; another role might.";
    STEP_UP_REQUIRED = "step_up_required", FORBIDDEN, "A fresh factor is required",
        "This is sensitive enough to ask for the password or a code once more. Prove one at `/step-up` and use the token it returns.";
    MFA_ENROLMENT_REQUIRED = "mfa_enrolment_required", FORBIDDEN, "A second factor must be set up first",
        "A role of the person asks for a second factor, and there is none yet. Set up an authenticator app at `/mfa/setup` and `/mfa/enable`, or a passkey at `/passkeys/register/start`; everything else opens with the next request.";
    EMAIL_UNVERIFIED = "email_unverified", FORBIDDEN, "The email address is not verified",
        "Open the link in the mail that was sent at registration, or ask for another at `/email/resend`.";
    WEBHOOK_REFUSED = "webhook_refused", FORBIDDEN, "The event is not believed",
        "The signature of the processor over the event is missing or wrong, or its time is too far from now. Nothing was done.";
    NOT_FOUND = "not_found", NOT_FOUND, "There is no such thing",
        "Nothing is at this address that the caller may know of. What belongs to others is not found, either.";
    METHOD_NOT_ALLOWED = "method_not_allowed", METHOD_NOT_ALLOWED, "The method is not allowed here",
        "The address exists and does not take this method; the `Allow` header lists those that it takes.";
    REQUEST_TIMEOUT = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive",
        "The body did not arrive in time. Send the request again; an idempotency key makes that safe.";
    CONFLICT = "conflict", CONFLICT, "It conflicts with the present state",
        "What is asked for does not fit what is there, such as posting a transfer that was voided. Read the present state, then decide.";
    REQUEST_IN_PROGRESS = "request_in_progress", CONFLICT, "The same request is in progress",
        "Another request with the same idempotency key is being worked on. Send this one again after the seconds in `Retry-After`.";
    OAUTH_LINK_REQUIRED = "oauth_link_required", CONFLICT, "Sign in here first",
        "The provider signed you in, and no account here is linked to it. If you have an account, sign in with its password or passkey, begin at `/oauth/{provider}/start` with your access token, and it will be linked; if you have none, register. An account is linked by itself only where the provider says that it verified the same email address as the account, and no second factor is on.";
    PAYMENT_NOT_CANCELLABLE = "payment_not_cancellable", CONFLICT, "The payment cannot be cancelled any more",
        "Only a payment that was not submitted yet can be cancelled; the detail tells its state. Once it went through it can be refunded.";
    PAYMENT_NOT_REFUNDABLE = "payment_not_refundable", CONFLICT, "The payment cannot be given back",
        "Only a payment that went through can be given back, as far as it was not, and not one to a bank account elsewhere. The detail says what is in the way.";
    BANK_FILE_EMPTY = "bank_file_empty", CONFLICT, "Nothing waits for a file",
        "No payment waits for a file of this network. Payments are queued a moment after they are asked for, and each is written into one file.";
    PAYMENT_NOT_UNKNOWN = "payment_not_unknown", CONFLICT, "It is known what became of the payment",
        "Two persons say what became of a payment only while its processor cannot. The detail tells the payment's state.";
    UNDER_REVIEW = "under_review", CONFLICT, "The money is held for review",
        "The transfer looked unusual, so its money is reserved and somebody looks at it. It moves when they release it; until then its payer can take it back by voiding it.";
    NOT_UNDER_REVIEW = "not_under_review", CONFLICT, "Nothing waits for review",
        "Only what is held for review can be released or refused, and once only. Read it to see what became of it.";
    PART_OF_PAYMENT = "part_of_payment", CONFLICT, "The transfer is part of a payment or a loan",
        "Transfers that a payment or a loan is made of are posted, voided and reversed by that alone. Cancel or refund the payment instead.";
    SCHEDULE_OVER = "schedule_over", CONFLICT, "The scheduled payment is over",
        "A scheduled payment whose last occurrence is over, or that was cancelled, is not changed any more. Set up another one.";
    ALREADY_SAVED = "already_saved", CONFLICT, "It is saved already",
        "The same bank account, card, payee or biller is saved already; use that one.";
    PAYLOAD_TOO_LARGE = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The body is larger than this address takes. The detail tells the limit.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The media type is not supported",
        "The body must be JSON in UTF-8, and `Content-Type` must say so: `application/json`.";
    VALIDATION_FAILED = "validation_failed", UNPROCESSABLE_ENTITY, "Some values are not acceptable",
        "The request can be read, and some of its fields are missing, unknown or out of range. `errors` lists each with its path, a code and a message.";
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key was used for another request",
        "A request with this key and another body was answered before. A new thing to be done needs a new key.";
    INSUFFICIENT_FUNDS = "insufficient_funds", UNPROCESSABLE_ENTITY, "The funds do not suffice",
        "The account's available balance, holds and overdraft limit considered, is below the amount.";
    ACCOUNT_CLOSED = "account_closed", UNPROCESSABLE_ENTITY, "The account is closed",
        "A closed account takes part in no transfer.";
    ACCOUNT_FROZEN = "account_frozen", UNPROCESSABLE_ENTITY, "The account is frozen",
        "The account takes part in no transfer until it is unfrozen by staff.";
    CURRENCY_MISMATCH = "currency_mismatch", UNPROCESSABLE_ENTITY, "The currencies differ",
        "A transfer is between accounts of one currency, and its amount is in that currency. Convert first.";
    REFUND_TOO_LARGE = "refund_too_large", UNPROCESSABLE_ENTITY, "The refund is more than what is left",
        "A payment is given back at most once: refunds made and under way considered, less is left of it than was asked for.";
    BANK_FILE_UNREADABLE = "bank_file_unreadable", UNPROCESSABLE_ENTITY, "The bank's file cannot be read",
        "The file is not one that a bank answers with, or is damaged: hashes, totals, counts and order are all compared. The detail names the line. Nothing of the file was carried out; ask the bank for it once more.";
    SANCTIONS_LIST_UNREADABLE = "sanctions_list_unreadable", UNPROCESSABLE_ENTITY, "The list of sanctions cannot be read",
        "A file is not one that its publisher writes, or is damaged. The detail names the file, the line and the column. Nothing of it was taken in, and the list that was loaded before still counts.";
    PAYMENT_UNSUPPORTED = "payment_unsupported", UNPROCESSABLE_ENTITY, "Nobody carries such a payment",
        "No processor of this installation takes money that way, with such means, in such a currency.";
    CARD_EXPIRED = "card_expired", UNPROCESSABLE_ENTITY, "The card has expired",
        "The month on the saved card is over. Save the new card and pay with that.";
    LOAN_REFUSED = "loan_refused", UNPROCESSABLE_ENTITY, "The loan does not take it",
        "The loan is closed, written off, or does not take such a payment. The detail says why.";
    STATEMENT_TOO_LARGE = "statement_too_large", UNPROCESSABLE_ENTITY, "The statement would be too large",
        "More was booked within the period than one statement holds: 50,000 entries, or 10,000 of one that is printed (PDF). Ask for a shorter period.";
    DECLINED_BY_RISK = "declined_by_risk", UNPROCESSABLE_ENTITY, "Declined",
        "The transaction was assessed and declined. The owner of the account can ask support to have it reviewed.";
    ACCOUNT_LOCKED = "account_locked", LOCKED, "The sign-in is locked",
        "Too many attempts failed. The lock ends by itself after the seconds in `Retry-After`, or by an administrator.";
    RATE_LIMITED = "rate_limited", TOO_MANY_REQUESTS, "Too many requests",
        "The limit of requests for this kind of address is used up. `Retry-After` tells the seconds until it is not.";
    INTERNAL_ERROR = "internal_error", INTERNAL_SERVER_ERROR, "Something went wrong here",
        "The fault is the server's, and nothing was done. Its operators find the cause by the `request_id`; sending the request again is safe with the same idempotency key.";
    PROVIDER_UNAVAILABLE = "provider_unavailable", BAD_GATEWAY, "The provider does not answer",
        "The provider that people sign in through, or the processor that keeps a card, cannot be reached, or its answer cannot be used. Try again in a while, or in another way.";
    OVERLOADED = "overloaded", SERVICE_UNAVAILABLE, "The server is busy",
        "More requests wait than can be served in time, and this one was not begun. Send it again after the seconds in `Retry-After`.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_found_by_its_name_and_names_are_not_shared() {
        let names: HashSet<&str> = ALL.iter().map(|code| code.name).collect();

        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|code| Code::find(code.name) == Some(code)));
        assert!(ALL.iter().all(|code| code.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
        assert_eq!(Code::find("nonsense"), None);
    }

    #[test]
    fn every_code_stands_for_an_error_and_says_what_to_do() {
        for code in ALL {
            assert!(code.status.is_client_error() || code.status.is_server_error(), "{}", code.name);
            assert!(code.markdown().contains(code.meaning) && code.meaning.len() > 30, "{}", code.name);
        }
    }
}
