internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain

/// What the page of one operation shows.
struct OperationContext {
    private let operation: Operation

    init(_ operation: Operation) { self.operation = operation }

    /// - Parameter sample: the HTML of the example request in all languages.
    func context(sample: String) -> [String: Any] {
        let members = operation.body.map { MemberRow.rows(of: $0.schema).map { $0.context(isRequest: true) } } ?? []
        let hasScopes = operation.access == .bearer || operation.access == .setupTokenOrBearer
        return [
            "method": operation.method.rawValue, "path": operation.fullPath, "summary": operation.summary,
            "group": operation.tag.rawValue, "groupID": MarkdownParser.anchor(operation.tag.rawValue),
            "description": OperationContext.paragraphs(operation.description), "access": access, "hasScopes": hasScopes,
            "scopes": hasScopes ? operation.scopes.map { $0.map(\.rawValue).joined(separator: " and ") } : [],
            "isSandboxOnly": operation.isSandboxOnly, "isWebhook": false, "sample": sample,
            "hasParameters": !operation.parameters.isEmpty,
            "parameters": operation.parameters.map(OperationContext.parameter),
            "hasBody": operation.body != nil, "members": members, "hasResponses": true,
            "responses": operation.responses.map {
                response($0, isShown: $0.status == operation.shownResponse?.status)
            },
            "hasErrors": true, "errors": errors,
        ].merging(MemberRow.context(operation.deprecation)) { own, _ in own }
    }

    /// What the caller sends to be known.
    private var access: String {
        switch operation.access {
        case .open: "No token"
        case .bearer: "Access token"
        case .setupTokenOrBearer: "Setup token or access token"
        case .clientCredentials: "Client credentials or a token in the body"
        }
    }

    static func paragraphs(_ text: String) -> String {
        text.split(separator: "\n\n").map { "<p>\(InlineMarkdown.html(String($0)))</p>" }.joined()
    }

    static func parameter(_ parameter: Operation.Parameter) -> [String: Any] {
        let (limits, values) = (parameter.schema.limitWords, parameter.schema.values)
        let value = parameter.schema.defaultValue.map { $0.text ?? $0.written } ?? ""
        let example = parameter.example.map { $0.text ?? $0.written } ?? ""
        return [
            "name": parameter.name, "location": parameter.location.rawValue, "type": parameter.schema.typeWords,
            "isRequired": parameter.location == .path, "description": InlineMarkdown.html(parameter.description),
            "limits": limits, "hasLimits": !limits.isEmpty, "default": value, "hasDefault": !value.isEmpty,
            "hasValues": !values.isEmpty, "values": values, "example": example, "hasExample": !example.isEmpty,
        ].merging(MemberRow.context(parameter.deprecation)) { own, _ in own }
    }

    /// - Parameter isShown: whether the example is shown beside the request already.
    private func response(_ response: Operation.Response, isShown: Bool) -> [String: Any] {
        let announcement = operation.deprecation == nil ? [] : ResponseHeader.announcement
        let headers = (response.headers + announcement).map { header in
            ["name": header.rawValue, "description": InlineMarkdown.html(header.description)]
        }
        let members = response.schema.map { MemberRow.rows(of: $0).map { $0.context(isRequest: false) } } ?? []
        let example = response.example.map { CodeColoring.html($0.indented, language: "json") } ?? ""
        return [
            "status": response.status.description, "tone": "good",
            "description": OperationContext.paragraphs(response.description),
            "headers": headers, "hasHeaders": !headers.isEmpty, "members": members, "hasMembers": !members.isEmpty,
            "example": example, "hasExample": !example.isEmpty && !isShown,
        ]
    }

    private var errors: [[String: Any]] {
        OperationObject(operation).errorCodes.map { code in
            [
                "code": code.rawValue, "status": String(code.status.code), "message": code.message,
                "url": "/docs/errors#\(code.rawValue)",
            ]
        }
    }
}
