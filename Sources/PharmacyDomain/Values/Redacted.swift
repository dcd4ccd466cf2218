/// A value whose description never contains its content, at whatever depth a log, a message or a debugger describes it. Libraries
/// describe whole objects at the levels `debug` and `trace`.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Redacted {
    package var description: String { "\(Self.self)(redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
