import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Webhook URLs")
struct WebhookURLTests {
    private let sandbox = EgressPolicy(tenant: .sandbox, servedOnLoopback: true)

    @Test(
        "An absolute https URL with a public host is accepted unchanged",
        arguments: [
            "https://your-app.com/webhooks/orders", "https://example.com", "https://example.com/",
            "HTTPS://Example.COM/A",
            "https://example.com:8443/a?b=c&d=%20e#f", "https://example.com:1/", "https://example.com:65535/",
            "https://8.8.8.8/hook", "https://[2606:4700::1111]/hook", "https://[2606:4700::1111]:8443/hook",
            "https://example.com/@partner/hook", "https://example.com/?to=a@b.c", "https://example.com/a#@b",
            "https://xn--bcher-kva.example/", "https://example.com?a=b",
        ])
    func accepted(text: String) throws {
        #expect(try WebhookURL(text, egress: Fixtures.publicOnly).text == text)
        #expect(try WebhookURL(" \(text)\n", egress: Fixtures.publicOnly).text == text)
    }

    @Test(
        "The host is shown without the parts that may hold secrets",
        arguments: [
            ("https://Example.com/hooks/a?token=b", "example.com"), ("https://example.com:8443?token=b", "example.com"),
            ("https://[2606:4700::1111]:8443/hook#x", "[2606:4700::1111]"),
            ("https://user:word@example.com/", "example.com"),
        ])
    func host(text: String, host: String) {
        #expect(WebhookURL(stored: text).host == host)
    }

    @Test(
        "A sandbox may use plain http, and may call loopback if it is served there",
        arguments: [
            "http://example.com/", "http://localhost:9000/hook", "http://127.0.0.1:9000/", "http://[::1]:9000/",
            "https://localhost/",
        ])
    func sandboxes(text: String) throws {
        #expect(try WebhookURL(text, egress: sandbox).text == text)
        #expect(throws: WebhookURL.Refusal.self) { try WebhookURL(text, egress: Fixtures.publicOnly) }
    }

    @Test(
        "Any other URL is refused, with the reason",
        arguments: [
            ("", "must not be blank."), ("  \n", "must not be blank."),
            ("example.com/hook", "must be an absolute URL."),
            ("/hook", "must be an absolute URL."), ("//example.com/hook", "must be an absolute URL."),
            ("https:", "must be an absolute URL."), ("https://", "must be an absolute URL."),
            ("https:///hook", "must be an absolute URL."), ("https://?a", "must be an absolute URL."),
            ("https:example.com", "must be an absolute URL."),
            ("https://exa mple.com/", "must be an absolute URL: “ ” (the 12th character) must be percent-encoded."),
            ("https://example.com/a b", "must be an absolute URL: “ ” (the 22nd character) must be percent-encoded."),
            (
                "https://example.com/\u{0}",
                "must be an absolute URL: U+0000 (the 21st character) must be percent-encoded."
            ),
            (
                "https://example.com/\r\nX-Evil: 1",
                "must be an absolute URL: U+000D (the 21st character) must be percent-encoded."
            ),
            ("https://bücher.example/", "must be an absolute URL: “ü” (the 10th character) must be percent-encoded."),
            (
                "https://example.com\\@evil.com/",
                "must be an absolute URL: “\\” (the 20th character) must be percent-encoded."
            ),
            ("https://example.com/<b>", "must be an absolute URL: “<” (the 21st character) must be percent-encoded."),
            ("https://example.com:0/", "must be an absolute URL: its port must be 1 to 65535."),
            ("https://example.com:65536/", "must be an absolute URL: its port must be 1 to 65535."),
            ("https://example.com:-1/", "must be an absolute URL."),
            ("https://example.com:99999999999999999999/", "must be an absolute URL: its port must be 1 to 65535."),
            ("https://[::1/", "must be an absolute URL."),
            ("ftp://example.com/", "must be an http or https URL."),
            ("file://example.com/etc/passwd", "must be an http or https URL."),
            ("gopher://example.com/", "must be an http or https URL."),
            ("ws://example.com/", "must be an http or https URL."),
            ("https://user@example.com/", "must not carry user information."),
            ("https://user:secret@example.com/", "must not carry user information."),
            ("https://@example.com/", "must not carry user information."),
            ("https://:@example.com/", "must not carry user information."),
            ("https://example.com@127.0.0.1/", "must not carry user information."),
            ("http://example.com/", "must be an https URL."), ("http://127.0.0.1/", "must be an https URL."),
            ("https://127.0.0.1/", "must not point to an address that is not public."),
            ("https://localhost/", "must not point to an address that is not public."),
            ("https://LOCALHOST./", "must not point to an address that is not public."),
            ("https://169.254.169.254/latest/meta-data", "must not point to an address that is not public."),
            ("https://[::1]/", "must not point to an address that is not public."),
            ("https://[::ffff:10.0.0.1]/", "must not point to an address that is not public."),
            ("https://%31%32%37.0.0.1/", "must name a host, or an address in its usual form."),
            ("https://ex%61mple.com/", "must name a host, or an address in its usual form."),
            ("https://example.com%00/", "must name a host, or an address in its usual form."),
            ("https://exa!mple.com/", "must name a host, or an address in its usual form."),
            ("https://2130706433/", "must name a host, or an address in its usual form."),
            ("https://0x7f000001/", "must name a host, or an address in its usual form."),
            ("https://0177.0.0.1/", "must name a host, or an address in its usual form."),
            ("https://127.1/", "must name a host, or an address in its usual form."),
            ("https://127.0.0.1./", "must name a host, or an address in its usual form."),
            ("https://[fe80::1%25eth0]/", "must name a host, or an address in its usual form."),
        ])
    func refused(text: String, sentence: String) {
        let refusal = #expect(throws: WebhookURL.Refusal.self) { try WebhookURL(text, egress: Fixtures.publicOnly) }
        #expect(refusal?.sentence == sentence)
    }

    @Test("A URL has at most 2048 characters", arguments: [(2048, true), (2049, false)])
    func length(length: Int, isAccepted: Bool) throws {
        let start = "https://example.com/"
        let text = start + String(repeating: "a", count: length - start.utf8.count)
        if isAccepted {
            #expect(try WebhookURL(text, egress: Fixtures.publicOnly).text == text)
        } else {
            let refusal = #expect(throws: WebhookURL.Refusal.self) { try WebhookURL(text, egress: Fixtures.publicOnly) }
            #expect(refusal?.sentence == "must be at most 2048 characters.")
        }
    }

    @Test(
        "The displayed form of a URL has no user information, query or fragment",
        arguments: [
            ("https://example.com", "https://example.com"),
            ("https://example.com/hook/a?token=secret", "https://example.com/hook/a"),
            ("https://example.com?token=secret", "https://example.com"),
            ("https://example.com#secret?a", "https://example.com"),
            ("https://me:secret@example.com:8443/hook", "https://example.com:8443/hook"),
            ("https://me@secret@example.com/a@b", "https://example.com/a@b"),
            ("http://[2001:db8::1]:80/?secret", "http://[2001:db8::1]:80/"),
            ("secret", "secret"),
        ])
    func withoutSecrets(text: String, shown: String) {
        #expect(WebhookURL(stored: text).withoutSecrets == shown)
    }

    @Test("No text crashes the check, and no accepted URL has user information")
    func anyText() {
        var generator = SeededGenerator(seed: 80)
        let pieces = [
            "https", "http", ":", "//", "/", "@", "[", "]", "::1", "127.0.0.1", "example", ".com", "%", "%00", "?", "#",
            "0x", "\\", "é",
        ]
        var taken = 0
        for _ in 0..<10_000 {
            var text = Bool.random(using: &generator) ? "https://" : ""
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? ""
            }
            guard let url = try? WebhookURL(text, egress: Fixtures.publicOnly) else { continue }
            taken += 1
            let authority = url.text.dropFirst(8).prefix { !"/?#".contains($0) }
            #expect(!authority.isEmpty && !authority.contains { "@%\\".contains($0) }, "\(text)")
            let address = IPAddress(String(authority.prefix { $0 != ":" }))
            #expect(address?.isPublic != false && !authority.hasPrefix("[::1]"), "\(text)")
        }
        #expect(taken > 100)
    }
}
