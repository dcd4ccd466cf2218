/// The files of the developer hub, and the pages that are made of them for the settings of the server.
package final class HubContent: Sendable {
    let settings: HubSettings
    let site: HubSite
    private let files: HubFiles
    private let assets: HubAssets
    private let templates: HubTemplates

    /// Reads the files and parses the guide and the templates, which takes some fifty milliseconds.
    /// - Parameter origin: the public URL as far as it is known before the port is bound.
    /// - Throws: `HubError` if a file of the hub is missing or wrong.
    package init(settings: HubSettings, origin: String) throws {
        self.settings = settings
        files = try HubFiles()
        assets = try HubAssets(files)
        templates = try HubTemplates(files, assets: assets)
        site = try HubSite(files, assets, templates, settings, origin: origin)
    }

    /// The site for another public URL.
    func site(origin: String) throws -> HubSite { try HubSite(files, assets, templates, settings, origin: origin) }
}
