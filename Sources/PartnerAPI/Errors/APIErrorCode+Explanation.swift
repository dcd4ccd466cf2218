extension APIErrorCode {
    /// A paragraph for people: what happened, and what to do about it.
    package var explanation: String {
        switch self {
        case .badRequest:
            """
            The server could not understand the request, before reading its content. Compare the request with the \
            example of the operation; a proxy may have changed it on the way. If the message is about HTTP itself \
            (Host, Content-Length, a byte in the path), the connection is closed, because the server cannot tell where \
            the next request begins.
            """
        case .malformedJSON:
            """
            The body could not be read as JSON (RFC 8259, in UTF-8). The message names the line and the column where \
            reading stopped. Common causes are a trailing comma, single quotes and an empty body.
            """
        case .malformedCSV:
            """
            The body could not be read as comma-separated values (RFC 4180, in UTF-8). The message names the line and the \
            column where reading stopped. Common causes are a quotation mark that is not doubled or not closed, and a file \
            that was not saved as UTF-8.
            """
        case .unsupportedGrantType:
            """
            A token request named a grant_type other than client_credentials and refresh_token. Leave it out to \
            exchange a client id and secret, which is the default.
            """
        case .invalidScope:
            """
            A token request named a scope that does not exist or that the credential does not have. Leave scope out to \
            get all scopes of the credential.
            """
        case .unauthenticated:
            """
            The Authorization header is missing, or its bearer token is unknown, expired or revoked, or belongs to \
            another tenant. Obtain a new token with auth/token or auth/refresh. For auth/credentials, check that the \
            setup token is complete and was not used before: outside a sandbox it can be used only once.
            """
        case .invalidClient:
            """
            The client id or the client secret is wrong, or the credential was revoked. The error never says which. A \
            lost secret cannot be shown again: create a new credential and revoke the old one.
            """
        case .invalidGrant:
            """
            The refresh token is unknown or expired, or it was used before. A refresh token can be used only once. \
            Using one twice revokes every token that was derived from it, because someone else may have it. Obtain new \
            tokens with the client id and secret. If the response to a refresh was lost, repeat the request with the \
            same Idempotency-Key.
            """
        case .insufficientScope:
            """
            The access token belongs to a credential that has fewer scopes than the request requires; WWW-Authenticate \
            names the required scopes. `read` allows every GET request that shows no patient, `patients:read` allows \
            reading patients, `write` allows changes and includes `read`, and `credentials:manage` allows managing \
            credentials, rotating the webhook secret and wiping a sandbox. Use a credential that has the scope. A \
            credential cannot create one that has more scopes than itself.
            """
        case .notFound:
            """
            The path is unknown, or the resource that it names does not exist, was deleted, or belongs to another \
            tenant. The error is the same in each case.
            """
        case .tenantNotFound:
            """
            The tenant in the path is unknown or suspended. Check its spelling (lower case). If it is right, ask your \
            integration contact.
            """
        case .methodNotAllowed:
            "The path exists, but not with this method. The Allow header lists the methods of the path."
        case .idempotencyInProgress:
            """
            A request with the same Idempotency-Key has not finished yet. Wait for the time in the Retry-After header \
            and send the request again: it gets the response of the first one.
            """
        case .orderNotCancellable:
            """
            An order can be cancelled while it is pending or confirmed. Once the pharmacy prepares it, ask your \
            integration contact.
            """
        case .orderNotChangeable:
            """
            Only a pending order can be changed, and only until its pharmacy has begun to prepare it. If the message says that \
            the order is on its way to the pharmacy, repeat the request after a moment. Otherwise cancel the order, if that is \
            still possible, and submit another one.
            """
        case .refillNotAllowed:
            """
            The order authorizes no refills, or all of them were ordered, or the order was cancelled or has failed. Submit a new \
            order from a new prescription.
            """
        case .priceChanged:
            """
            The pharmacy's price differs from the order's expected_price, so nothing was ordered. The error has both \
            in expected_price and current_price. Order again with the current price if you accept it.
            """
        case .statusNotReachable:
            """
            A sandbox order moves forward only: pending, confirmed, processing, shipped, delivered, with cancelled, \
            failed and refunded as branches. It cannot go back.
            """
        case .deliveryPending:
            """
            The webhook delivery still has attempts to make, so there is nothing to redeliver yet. Wait until its \
            status is succeeded or failed.
            """
        case .cursorExpired:
            """
            Continuing from the cursor would skip items: since the cursor was issued, the database was restored \
            from a backup or taken over by a standby, or events after the cursor grew older than the retention and \
            were removed. Start again without `after`, skip events whose `id` you have processed, and store the new \
            `next_cursor`. The old cursor fails every time. A `cursor` of a list of patients, orders or deliveries \
            expires in the same way, and also when the sandbox is wiped or the encryption key of your data is \
            replaced: start the list again without it.
            """
        case .preconditionFailed:
            """
            The request had an If-Match header, and the resource no longer has the content of that ETag: somebody has \
            changed it since you read it. Nothing was done. Read the resource again, apply your change to what it is now, \
            and send it with the new ETag.
            """
        case .bodyTooLarge:
            """
            The body is larger than 1 MiB (1,048,576 bytes), or larger than 16 KiB in a request that carries client \
            credentials, a token or a setup token. No operation needs more.
            """
        case .uriTooLong:
            """
            The request line (method, path and query) is longer than 16 KiB. The connection is closed. No query of the \
            API is that long; long values belong in a body.
            """
        case .unsupportedMediaType:
            """
            The Content-Type is missing, or is not application/json in UTF-8, or the body is compressed. The token \
            endpoints also accept application/x-www-form-urlencoded.
            """
        case .validationFailed:
            """
            One or more members, query parameters or headers are wrong. The errors member lists every one of them with \
            a sentence, so that you can correct them together. The same request fails again.
            """
        case .prescriberRequired:
            """
            The medication is a controlled substance (schedule 2 to 5), and the order has no prescriber, or one without a \
            DEA number. Add prescriber with name, npi and dea_number. Sandboxes do not require it.
            """
        case .idempotencyKeyReused:
            """
            An Idempotency-Key identifies one request. This key was used within the last 24 hours with another body. \
            Use a new key for a new request, and the same body with the same key.
            """
        case .credentialLimitReached:
            "A tenant can have at most 20 active credentials. Revoke one that is no longer needed, then create the new one."
        case .endpointLimitReached:
            """
            A tenant can register at most 20 webhook endpoints. Delete one that is no longer needed, or change its URL, \
            instead of registering another.
            """
        case .rateLimited:
            """
            You have exceeded the rate limit. Wait for the time in the Retry-After header, and back off \
            exponentially if it happens again. The X-RateLimit headers of every response report how many requests are \
            left.
            """
        case .headerFieldsTooLarge:
            """
            The header fields exceed 32 KiB in total, or there are more than 100. The connection is closed. Remove \
            cookies and trace fields that a proxy or a library may have added.
            """
        case .internalError:
            """
            The error is on our side. You can safely repeat reads, and requests with an Idempotency-Key. If it \
            persists, send the request_id to your integration contact.
            """
        case .notImplemented:
            """
            The request uses an HTTP feature that the server does not support: CONNECT, or a Transfer-Encoding other \
            than chunked. The connection is closed. Send the body without a transfer coding.
            """
        case .pharmacyUnavailable:
            """
            The pharmacy's system did not respond in time. Nothing was lost. Repeat the request after the time in the \
            Retry-After header.
            """
        case .storageUnavailable:
            """
            The service is overloaded, or its storage is unavailable or did not respond in time. A request that \
            changes something may have taken effect. Repeat it after the time in the Retry-After header; with the same \
            Idempotency-Key that is safe for requests that create something.
            """
        case .httpVersionNotSupported:
            """
            The request line names an HTTP version other than 1.0 and 1.1. Without TLS the server speaks HTTP/1.1; \
            over TLS clients negotiate HTTP/2 by ALPN. The connection is closed.
            """
        }
    }
}
