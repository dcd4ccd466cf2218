internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain

/// The examples of the pages: requests in every language with their responses, and programs from files.
struct HubSamples: Sendable {
    let templates: HubTemplates
    let files: HubFiles
    /// The base URL of the sandbox.
    let base: String

    /// - Throws: `HubError.page` if there is no such operation.
    func html(operation name: String, id: String) throws -> String {
        guard let operation = PartnerAPIRouter.endpoints.map(\.operation).first(where: { $0.id == name }) else {
            throw HubError.page(name, "there is no such operation")
        }
        let sample = RequestSample(operation, base: base)
        let texts = SampleLanguage.allCases.map { ($0, sample.text(in: $0)) }
        return try html(texts, id: id, response: operation.shownResponse)
    }

    /// - Throws: `HubError.missing` if a language has no such file.
    func html(file name: String, id: String) throws -> String {
        let texts = try SampleLanguage.allCases.map { language in
            (language, try files.text("Samples/\(name).\(language.fileExtension)"))
        }
        // The first language is no request there, but a script.
        return try html(texts, id: id, response: nil, names: [.curl: "Shell"])
    }

    private func html(
        _ texts: [(SampleLanguage, String)], id: String, response: Operation.Response?,
        names: [SampleLanguage: String] = [:]
    ) throws -> String {
        let languages = texts.map { language, text -> [String: Any] in
            [
                "key": language.rawValue, "label": names[language] ?? language.name,
                "isFirst": language == texts.first?.0,
                "code": CodeColoring.html(text, language: language.fence),
            ]
        }
        let example = response?.example
        return try templates.render(
            "sample",
            [
                "id": id, "hasTitle": false, "title": "", "languages": languages, "hasResponse": example != nil,
                "response": example.map { CodeColoring.html($0.indented, language: "json") } ?? "",
                "responseStatus": response?.status.description ?? "",
            ])
    }
}
