/// The languages of the example requests.
package enum SampleLanguage: String, CaseIterable, Sendable {
    case curl
    case javascript
    case python
    case php
    case swift

    /// As people write it.
    package var name: String {
        switch self {
        case .curl: "curl"
        case .javascript: "JavaScript"
        case .python: "Python"
        case .php: "PHP"
        case .swift: "Swift"
        }
    }

    /// The ending of a file with a program.
    package var fileExtension: String {
        switch self {
        case .curl: "sh"
        case .javascript: "mjs"
        case .python: "py"
        case .php: "php"
        case .swift: "swift"
        }
    }

    /// The name in Markdown's fences and in `x-codeSamples`.
    package var fence: String { self == .curl ? "sh" : rawValue }
}
