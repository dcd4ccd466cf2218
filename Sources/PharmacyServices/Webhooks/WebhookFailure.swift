internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PharmacyDomain

/// Why an attempt got no response.
enum WebhookFailure: Error {
    case forbiddenAddress
    case unresolved
    case timedOut
    case malformed
    case interrupted

    /// Shown to the partner.
    var sentence: String {
        switch self {
        case .forbiddenAddress: "the address is not public"
        case .unresolved: "the name does not resolve"
        case .timedOut: "timed out after \(DeliveryPolicy.timeout.components.seconds) s"
        case .malformed: "the URL cannot be requested"
        case .interrupted: "the server stopped before the response"
        }
    }

    // MARK: Errors of the libraries

    /// Whether no connection was made, so that nothing was sent.
    static func isUnconnected(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: [.connectTimeout, .tlsHandshakeTimeout].contains(error)
        case is NIOConnectionError, ChannelError.connectTimeout: true
        case let error as IOError:
            [
                ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, ETIMEDOUT, EADDRNOTAVAIL, EAFNOSUPPORT,
            ].contains(error.errnoCode)
        default: isTLS(error)
        }
    }

    /// Whether this server lacked the resources for the attempt: the receiver had no part in it.
    static func isLocal(_ error: any Error) -> Bool {
        switch error {
        case NameLookupFailure.noRoom: true
        case let error as IOError: AddressResolver.isLocal(error.errnoCode)
        case let error as NIOConnectionError:
            // One address that refused for the receiver's reasons is a result of the receiver.
            !error.connectionErrors.isEmpty && error.connectionErrors.allSatisfy { isLocal($0.error) }
        default: false
        }
    }

    /// NIOSSL's errors are recognized by the name of their module, which this module does not import.
    private static func isTLS(_ error: any Error) -> Bool {
        String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
    }

    /// What went wrong, without text of the receiver.
    static func sentence(_ error: any Error) -> String {
        switch error {
        case let failure as WebhookFailure: return failure.sentence
        case NameLookupFailure.timedOut: return "looking up the name timed out"
        case NameLookupFailure.noRoom: return "the server has no room to look up the name now"
        case let error where isLocal(error): return "the server has no room to connect now"
        case is CancellationError: return WebhookFailure.interrupted.sentence
        case let error as HTTPClientError: return sentence(error)
        case let error as IOError: return sentence(errno: error.errnoCode)
        case ChannelError.connectTimeout: return "connecting timed out"
        case let error as NIOConnectionError where !error.connectionErrors.isEmpty:
            return sentence(error.connectionErrors[0].error)
        case is NIOConnectionError, is ChannelError: return "the connection failed"
        case is HTTPParserError: return "the response is not HTTP"
        default:
            return isTLS(error) ? FailureCause.words(error) : "the exchange failed (\(FailureCause.words(error)))"
        }
    }

    private static func sentence(_ error: HTTPClientError) -> String {
        switch error {
        case .deadlineExceeded, .readTimeout, .writeTimeout: WebhookFailure.timedOut.sentence
        case .connectTimeout, .getConnectionFromPoolTimeout: "connecting timed out"
        case .tlsHandshakeTimeout: "TLS failure"
        case .remoteConnectionClosed: "the connection was closed before the response"
        case .cancelled, .requestStreamCancelled, .alreadyShutdown: WebhookFailure.interrupted.sentence
        case .invalidURL, .emptyHost, .emptyScheme: WebhookFailure.malformed.sentence
        default: "the response is not valid HTTP"
        }
    }

    private static func sentence(errno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET, EPIPE: "the connection was closed before the response"
        case ETIMEDOUT: "connecting timed out"
        case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT: "the address cannot be reached"
        default: "the connection failed"
        }
    }
}
