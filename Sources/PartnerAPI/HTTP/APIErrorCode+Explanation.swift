extension APIErrorCode {
    /// One paragraph for people: what happened, and what to do about it.
    package var explanation: String {
        switch self {
        case .badRequest:
            """
            The request is not one the server understands, before it even looked at its content. Compare it with the \
            example of the operation; a proxy in between may have altered it. Where the message is about HTTP itself \
            (Host, Content-Length, a byte in the path) the connection is closed, for what follows cannot be told apart.
            """
        case .malformedJSON:
            """
            The body could not be read as JSON (RFC 8259, in UTF-8). The message names the line and the column where \
            reading stopped; common causes are a trailing comma, single quotes and an empty body.
            """
        case .unsupportedGrantType:
            """
            A token request named a grant_type other than client_credentials and refresh_token. Leave it out to \
            exchange a client id and secret, which is the default.
            """
        case .invalidScope:
            """
            A token request named a scope that does not exist or that the credential does not have. Leave scope out to get \
            all that the credential has.
            """
        case .unauthenticated:
            """
            The Authorization header is missing, or its bearer token is unknown, expired, revoked or of another \
            tenant. Obtain a new token with auth/token or auth/refresh. For auth/credentials, check that the setup \
            token is complete and was not used before: outside a sandbox it works once.
            """
        case .invalidClient:
            """
            The client id or the client secret is wrong, or the credential was revoked; which of them is never said. \
            A lost secret cannot be shown again: create a new credential and revoke the old one.
            """
        case .invalidGrant:
            """
            The refresh token is unknown, expired, or was used before. A refresh token works once; showing an old one \
            again revokes every token that came of it, because somebody else may hold it. Obtain new tokens with the \
            client id and secret. To repeat a refresh whose answer was lost, send the same Idempotency-Key again.
            """
        case .insufficientScope:
            """
            The access token belongs to a credential that was made with fewer scopes than the request needs; \
            WWW-Authenticate names what would do: `read` for every GET that shows no patient, `patients:read` for \
            patients, `write` for changes, `credentials:manage` for credentials, the webhook secret and the wipe of a \
            sandbox. Use a credential that has the scope. A credential cannot create one that may do more than itself.
            """
        case .notFound:
            """
            The path is unknown, or the thing it names does not exist, was deleted, or belongs to another tenant; \
            these cannot be told apart.
            """
        case .tenantNotFound:
            """
            The tenant in the path is unknown or suspended. Check its spelling (lower case) and, if it is right, ask \
            your integration contact.
            """
        case .methodNotAllowed:
            "The path exists, but not with this method. The Allow header lists the methods it answers."
        case .idempotencyInProgress:
            """
            A request with the same Idempotency-Key has not finished yet. Wait a moment and send the request again: it \
            gets the first one's answer once there is one.
            """
        case .orderNotCancellable:
            """
            An order can be cancelled while it is pending or confirmed. Once the pharmacy prepares it, ask your \
            integration contact.
            """
        case .priceChanged:
            """
            The pharmacy's price is no longer the expected_price of the order, so nothing was ordered. The error names \
            both in expected_price and current_price; order again with the current one if it suits you.
            """
        case .statusNotReachable:
            """
            A sandbox order only moves along the statuses' course: pending, confirmed, processing, shipped, delivered, \
            with cancelled, failed and refunded branching off. It cannot go back.
            """
        case .deliveryPending:
            """
            The webhook delivery still has attempts before it, so there is nothing to redeliver yet. Wait until its \
            status is succeeded or failed.
            """
        case .cursorExpired:
            """
            Reading on from the cursor would miss something: the database has been restored from a backup or taken over by a \
            standby since the cursor was handed out, or events after it are older than the retention and were removed. \
            Start again without `after`, skip events whose `id` you have processed, and store the new `next_cursor`. \
            Sending the old cursor again fails again. A `cursor` of a list of patients, orders or deliveries expires the \
            same way, and when the sandbox is wiped or the encryption key of your data has been replaced: begin the walk \
            again without it.
            """
        case .bodyTooLarge:
            """
            The request's body is larger than 1 MiB (1,048,576 bytes), or than 16 KiB where it carries client \
            credentials, a token or a setup token. No operation needs that much.
            """
        case .uriTooLong:
            """
            The request line (method, path and query) is longer than 16 KiB. The connection is closed. Nothing that the             API takes in a query is that long; values that are belong in a body.
            """
        case .unsupportedMediaType:
            """
            The Content-Type is missing or not application/json in UTF-8, or the body is compressed. The token \
            endpoints also take application/x-www-form-urlencoded.
            """
        case .validationFailed:
            """
            One or more members, query parameters or headers are wrong. The errors member lists every one of them \
            with a sentence each, so that they can be corrected together. Sending the request again unchanged fails \
            again.
            """
        case .idempotencyKeyReused:
            """
            An Idempotency-Key stands for one request: the key was used within the last 24 hours with another body. \
            Send a new key with a new request, and the same body with the same key.
            """
        case .credentialLimitReached:
            "A tenant may have 20 active credentials. Revoke one that is no longer needed, then create the new one."
        case .rateLimited:
            """
            More requests came than the rate limit allows. Wait as long as the Retry-After header says and back off \
            exponentially if it happens again; the X-RateLimit headers on every answer tell how much is left.
            """
        case .headerFieldsTooLarge:
            """
            The header fields are longer than 32 KiB together, or more than 100. The connection is closed. Look for \
            cookies and trace fields that a proxy or a library adds.
            """
        case .internalError:
            """
            The fault is ours. Sending the request again is safe for reads and with an Idempotency-Key. If it goes on, \
            tell your integration contact the request_id.
            """
        case .notImplemented:
            """
            The request asks for something of HTTP that the server does not support: CONNECT, or a Transfer-Encoding \
            other than chunked. The connection is closed. Send the body as it is.
            """
        case .pharmacyUnavailable:
            """
            The pharmacy's system could not be reached in time. Nothing was lost; send the request again after the \
            time in the Retry-After header.
            """
        case .storageUnavailable:
            """
            The service takes no more work for a moment, or its storage cannot be reached or did not respond in time. A \
            request that changes something may have been carried out all the same. Send it again after the time in the \
            Retry-After header; with the same Idempotency-Key that is safe for requests that create.
            """
        case .httpVersionNotSupported:
            """
            The request line names another version of HTTP than 1.0 and 1.1. Without TLS the server speaks HTTP/1.1; over \
            TLS clients choose HTTP/2 by ALPN. The connection is closed.
            """
        }
    }
}
