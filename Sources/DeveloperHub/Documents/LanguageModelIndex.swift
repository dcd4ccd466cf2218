internal import PartnerAPI
internal import PharmacyDomain

/// `llms.txt`: what language models should read, with links to the pages as Markdown (llmstxt.org).
struct LanguageModelIndex {
    let guide: Guide
    let origin: String

    private var metadataPath: String {
        AuthorizationServerMetadata.path.replacing("{tenant}", with: Tenant.builtInSandboxName)
    }

    var text: String {
        var lines = [
            "# United Pharmacy Partner API", "",
            "> Register patients, read the medication catalogs of pharmacies with current prices, submit prescription "
                + "orders, and follow each order by signed webhooks.",
            "",
        ]
        for group in guide.navigation {
            lines += ["## \(group.title)", ""]
            for link in group.links {
                guard let page = guide.pages.first(where: { $0.path == link.url }) else { continue }
                lines.append("- [\(page.title)](\(origin)\(page.markdownPath)): \(InlineMarkdown.plain(page.lead))")
            }
            lines.append("")
        }
        lines += [
            "## Reference", "",
            "- [OpenAPI document](\(origin)/openapi.yaml): every operation with its schemas, examples and errors",
            "- [OAuth 2.0 metadata](\(origin)\(metadataPath)): the token endpoints of the sandbox (RFC 8414)",
            "",
        ]
        return lines.joined(separator: "\n")
    }
}
