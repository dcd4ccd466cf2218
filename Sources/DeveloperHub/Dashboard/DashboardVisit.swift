internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// One request of somebody who is signed in.
struct DashboardVisit: Sendable {
    let services: APIServices
    let limits: APILimits
    let settings: HubSettings
    /// The tenant's URL of the API, without a slash at the end.
    let base: String
    let signedIn: Sessions.SignedIn
    /// The random id of the session.
    let token: String
    let requestID: String
    /// The path parameters by name, as they are in the pattern.
    let parameters: [String: String]
    /// The fields of the query.
    let query: [String: String]
    /// The fields of the form; empty for a page.
    let form: [String: String]
    let csrf: String
    let now: Timestamp
    let logger: Logger

    var tenant: Tenant { signedIn.tenant }

    func may(_ scope: CredentialScope) -> Bool { scope.isIncluded(in: signedIn.caller.scopes) }

    /// An id in the path.
    /// - Throws: `ServiceError.notFound`.
    func id<Thing>(_ name: String = "id") throws -> Identifier<Thing> {
        guard let text = parameters[name], let id = Identifier<Thing>(text) else { throw ServiceError.notFound }
        return id
    }

    /// The key of a form that must have its effect once, however often it is sent: the form's own, or else a new one.
    var onceKey: String { form["once"].flatMap { RequestID.isValid($0) ? $0 : nil } ?? requestID }

    /// A filter of the query; `nil` if it is absent or empty.
    func filter(_ name: String) -> String? {
        query[name].flatMap { $0.trimmed.isEmpty ? nil : $0.trimmed }
    }

    /// The page that the query asks for.
    var page: PageRequest { DashboardVisit.page(after: query["cursor"]) }

    /// A page of a list: after a cursor, or the first one.
    static func page(after cursor: String?) -> PageRequest {
        PageRequest(afterIfAny: cursor.flatMap(ListCursor.init), perPage: 25)
    }

    /// The URL of the next page of a list, with the same filters.
    func nextURL<Item>(_ path: String, after page: Page<Item>) -> String? {
        page.nextCursor.map { url(path, setting: "cursor", to: $0.description) }
    }

    /// A URL with the fields of this query, one of which has another value.
    /// - Parameter others: fields that it does not have.
    func url(_ path: String, setting name: String, to value: String, without others: Set<String> = []) -> String {
        var fields = query.filter { !$0.value.isEmpty && !others.contains($0.key) }
        fields[name] = value
        return "\(path)?"
            + fields.sorted { $0.key < $1.key }
            .map { "\(PercentEncoding.encode($0.key))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }

    /// A command that performs an operation, for the template `code`; empty if there is no such operation.
    /// - Parameter values: of variables of the command, by name.
    func command(_ operation: String, values: [String: String] = [:]) -> [String: Any] {
        guard let operation = PartnerAPIRouter.endpoints.map(\.operation).first(where: { $0.id == operation }) else {
            return [:]
        }
        var text = RequestSample(operation, base: base).text(in: .curl)
        for (name, value) in values { text = text.replacing("$\(name)", with: value) }
        return ["label": "Shell", "code": CodeColoring.html(text, language: "sh")]
    }

    /// Sends the body of a response, and logs its failure: the middleware sees only how a response begins.
    /// - Parameter subject: what the body is.
    func reportingFailure(of subject: String, _ send: () async throws -> Void) async throws {
        do {
            try await send()
        } catch {
            // A client that has closed the connection is no failure.
            if !Task.isCancelled, !(error is CancellationError), !(error is ChannelError) {
                logger.warning("\(subject) was interrupted", metadata: ["error": "\(FailureCause.words(error))"])
            }
            throw error
        }
    }

    /// All values of an enumeration, for a select, with the chosen one.
    static func options<Choice: RawRepresentable<String> & CaseIterable>(chosen: Choice?) -> [[String: Any]] {
        options(Choice.allCases.map(\.rawValue), chosen: chosen?.rawValue)
    }

    static func options(_ names: [String], chosen: String?) -> [[String: Any]] {
        names.map { ["name": $0, "isSelected": $0 == chosen] }
    }
}

/// What a route of the dashboard responds with.
enum DashboardResponse {
    case page(DashboardPage)
    /// Anything other than a page, such as a stream.
    case other(Response)
    /// To a path of this server, after a form.
    case redirect(String)
    /// To the sign-in, without the session's cookie.
    case signedOut
}

/// A page of the dashboard, without its frame.
struct DashboardPage {
    let title: String
    /// The path of its entry in the navigation.
    let section: String
    let template: String
    let context: [String: Any]
}

/// A route of the dashboard for people who are signed in.
struct DashboardRoute: Sendable {
    let method: HTTPRequest.Method
    /// The path after `/dashboard`, with parameters in braces.
    let path: String
    /// What the credential must be allowed to do.
    let scope: CredentialScope
    /// The changes at which a script fetches the page again (`LiveEvents`); `nil` if it does not.
    let refreshes: TenantChange?
    let handler: @Sendable (DashboardVisit) async throws -> DashboardResponse

    init(
        _ method: HTTPRequest.Method, _ path: String, _ scope: CredentialScope = .read,
        refreshesAt refreshes: TenantChange? = nil,
        handler: @escaping @Sendable (DashboardVisit) async throws -> DashboardResponse
    ) {
        self.method = method
        self.path = path
        self.scope = scope
        self.refreshes = refreshes
        self.handler = handler
    }

    /// The values of the parameters; `nil` if the path is another one.
    func parameters(of segments: [Substring]) -> [String: String]? {
        let pattern = path.split(separator: "/")
        guard pattern.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (expected, text) in zip(pattern, segments) {
            if expected.hasPrefix("{") {
                values[String(expected.dropFirst().dropLast())] = String(text)
            } else if expected != text {
                return nil
            }
        }
        return values
    }
}
