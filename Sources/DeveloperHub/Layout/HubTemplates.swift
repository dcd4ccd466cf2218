internal import Mustache

/// The templates of the pages.
struct HubTemplates: Sendable {
    private let library: MustacheLibrary
    /// The URLs of the style sheet, the scripts and the icons, which every template may use.
    private let assets: [String: String]

    /// - Throws: `HubError` for a template that cannot be read or parsed.
    init(_ files: HubFiles, assets: HubAssets) throws {
        self.assets = assets.urls
        var templates: [String: MustacheTemplate] = [:]
        for file in files.names(in: "Templates") where file.hasSuffix(".mustache") {
            let name = String(file.dropLast(".mustache".count))
            templates[name] = try HubTemplates.template(name, HubTemplates.inline(try files.text("Templates/\(file)")))
        }
        library = MustacheLibrary(templates: templates)
    }

    /// - Throws: `HubError.template` if there is no template of this name.
    func render(_ name: String, _ context: [String: Any]) throws -> String {
        let context = context.merging(["assets": assets]) { own, _ in own }
        guard let html = library.render(context, withTemplate: name) else {
            throw HubError.template(name, "it does not exist")
        }
        return html
    }

    /// The names of languages for people.
    private static let languages = ["sh": "Shell", "json": "JSON", "http": "HTTP", "csv": "CSV", "text": "Text"]

    /// A block of code.
    func code(_ text: String, language: String) throws -> String {
        let label = HubTemplates.languages[language] ?? language
        let context = ["label": label, "code": CodeColoring.html(text, language: language)]
        return try render("code", context)
    }

    /// A guide page's text with the values of the code.
    /// - Throws: `HubError.template` for a text that cannot be parsed.
    static func fill(_ name: String, _ text: String, with values: [String: Any]) throws -> String {
        // Markdown has escapes of its own.
        try template(name, "{{% CONTENT_TYPE:TEXT}}\n" + text).render(values)
    }

    /// A template of one line is used within lines: without its line end, which would be a space there.
    private static func inline(_ text: String) -> String {
        text.hasSuffix("\n") && !text.dropLast().contains("\n") ? String(text.dropLast()) : text
    }

    private static func template(_ name: String, _ text: String) throws -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: text)
        } catch {
            throw HubError.template(name, "\(error)")
        }
    }
}
