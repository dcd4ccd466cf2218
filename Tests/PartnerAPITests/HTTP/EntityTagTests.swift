import HTTPTypes
import PartnerAPI
import Testing

@Suite("Entity tags")
struct EntityTagTests {
    private let tag = EntityTag(of: Array("content".utf8))
    private let weak = EntityTag(of: Array("content".utf8), isWeak: true)

    private func list(_ value: String) throws -> EntityTag.List {
        try #require(EntityTag.List(.ifMatch, in: [.ifMatch: value]))
    }

    @Test("Equal content has the same tag, and other content another")
    func content() {
        #expect(tag == EntityTag(of: Array("content".utf8)))
        #expect(tag != EntityTag(of: Array("Content".utf8)))
        #expect(tag.text.hasPrefix("\"") && tag.text.hasSuffix("\"") && tag.text.count == 34)
        #expect(weak.text == "W/\(tag.text)")
    }

    @Test("Content in another coding has a strong tag of its own, which is not that of the content")
    func codings() throws {
        #expect(tag.gzipped.text == tag.text.dropLast() + "-gzip\"")
        #expect(try list(tag.gzipped.text).containsStrongly(tag.gzipped))
        #expect(try list("W/\(tag.gzipped.text)").contains(tag.gzipped))
        #expect(try !list(tag.gzipped.text).contains(tag) && !list(tag.gzipped.text).containsStrongly(tag))
        #expect(try !list(tag.text).contains(tag.gzipped) && !list(tag.text).containsStrongly(tag.gzipped))
        #expect(try list("\(tag.text), \(tag.gzipped.text)").containsStrongly(tag))
    }

    @Test("A field that is absent is no list")
    func absent() {
        #expect(EntityTag.List(.ifMatch, in: [.ifNoneMatch: "*"]) == nil)
    }

    @Test("Lists contain their tags, and * contains every tag")
    func membership() throws {
        for value in [tag.text, "  \(tag.text)\t", "\"a,b\", \(tag.text)", "\"\",,\(tag.text) ,W/\"c\"", "*", " * "] {
            #expect(try list(value).contains(tag) && list(value).containsStrongly(tag), "\(value)")
            #expect(try list(value).contains(weak), "\(value)")
        }
        var twice = HTTPFields()
        twice.append(HTTPField(name: .ifMatch, value: "\"a\""))
        twice.append(HTTPField(name: .ifMatch, value: tag.text))
        #expect(EntityTag.List(.ifMatch, in: twice)?.contains(tag) == true)
    }

    @Test("A weak tag is listed for caches, but not for changes")
    func weakness() throws {
        #expect(try list(weak.text).contains(tag) && !list(weak.text).containsStrongly(tag))
        #expect(try list(tag.text).contains(weak) && !list(tag.text).containsStrongly(weak))
    }

    @Test("What is no list of tags contains none", arguments: ["abc", "\"", "\"a", "w/\"a\"", "*x", "\"a\" \"b\""])
    func faults(value: String) throws {
        #expect(try !list(value).contains(tag) && list(value) == .tags([]))
        // Nothing of a list with a fault counts, because it is not clear what its sender meant.
        #expect(try !list("\(tag.text), \(value)").contains(tag))
    }
}
