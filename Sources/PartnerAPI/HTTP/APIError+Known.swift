import HTTPTypes
import Hummingbird
import NIOCore
import PharmacyDomain
import PharmacyServices

extension APIError {
    /// The error that clients see of any failure; `nil` for an unexpected one, which is an internal error.
    package init?(known error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let refusal as RequestRefusal: self.init(refusal)
        case let error as ServiceError: self.init(service: error)
        case let replay as ReplayedError: self = APIError(service: replay.error).replayed
        case let problems as ValidationErrors: self.init(problems)
        case is NIOTooManyBytesError: self.init(.bodyTooLarge)
        case let error as any HTTPResponseError: self.init(status: error.status)
        // The store's failures are temporary, and their causes are in the log.
        default:
            guard let failure = ServiceError(storage: error) else { return nil }
            self.init(service: failure)
        }
    }

    /// The same error, marked as a repetition of an earlier response.
    private var replayed: APIError {
        var headers = headers
        headers[.idempotentReplayed] = "true"
        return APIError(code, message: message, problems: problems, members: members, headers: headers)
    }

    /// Of the framework's own errors only the status is shown.
    private init?(status: HTTPResponse.Status) {
        switch status.code {
        case 404: self.init(.notFound)
        case 405: self.init(.methodNotAllowed)
        case 413: self.init(.bodyTooLarge)
        case 415: self.init(.unsupportedMediaType)
        case 429: self.init(.rateLimited)
        case 400..<500: self.init(.badRequest)
        default: return nil
        }
    }
}
