// Script data (§13.2.5.4, §13.2.5.15–31): inside of "<!--" a "<script" hides the next "</script".

extension HTMLTokenizer {
    /// Where in a script the position is. In the escaped states the dashes just seen count, up to two, since `-->` leaves them.
    enum ScriptState {
        /// Exits: `<!--` to escaped, the end tag.
        case script
        /// Exits: `-->` to script, `<script` to double escaped, the end tag.
        case escaped(dashes: Int)
        /// Exits: `-->` to script, `</script` to escaped.
        case doubleEscaped(dashes: Int)
    }

    mutating func nextInScript() -> Token {
        let start = position
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: "<"):
                if endsScript {
                    if position > start { return .text(start..<position) }
                    script = .script
                    return endOfRawText()
                }
                lessThan()
            case .cr:
                pass()
                if let token = carriageReturn(start) { return token }
            case 0:
                pass()
                return nul(start)
            case UInt8(ascii: "-"):
                dash()
                position += 1
            case UInt8(ascii: ">"):
                greaterThan()
                position += 1
            default:
                pass()
                position += 1
            }
        }
        return .text(start..<position)
    }

    private var endsScript: Bool {
        if case .doubleEscaped = script { return false }
        return isAppropriateEndTag(position)
    }

    /// `<`, which may begin `<!--`, `<script` or `</script`.
    private mutating func lessThan() {
        let rest = position..<input.count
        pass()
        switch script {
        case .script where input.starts(rest, with: "<!--"):
            script = .escaped(dashes: 2)
            position += 4
            return
        case .escaped where startsScriptWord(position + 1):
            script = .doubleEscaped(dashes: 0)
        case .doubleEscaped where byte(position + 1) == UInt8(ascii: "/") && startsScriptWord(position + 2):
            script = .escaped(dashes: 0)
        case .script, .escaped, .doubleEscaped:
            break
        }
        position += 1
    }

    /// Whether `script` and white space, `/` or `>` stand at `index`.
    private func startsScriptWord(_ index: Int) -> Bool {
        guard index < input.count, input.starts(index..<input.count, with: "script"), let after = byte(index + 6) else {
            return false
        }
        return after.isHTMLSpace || after == UInt8(ascii: "/") || after == UInt8(ascii: ">")
    }

    private mutating func dash() {
        switch script {
        case .script: break
        case .escaped(let dashes): script = .escaped(dashes: min(2, dashes + 1))
        case .doubleEscaped(let dashes): script = .doubleEscaped(dashes: min(2, dashes + 1))
        }
    }

    private mutating func greaterThan() {
        switch script {
        case .escaped(dashes: 2), .doubleEscaped(dashes: 2): script = .script
        case .script, .escaped, .doubleEscaped: pass()
        }
    }

    /// Any other character: the dashes before it count no more.
    @inline(__always)
    private mutating func pass() {
        switch script {
        case .script: break
        case .escaped: script = .escaped(dashes: 0)
        case .doubleEscaped: script = .doubleEscaped(dashes: 0)
        }
    }
}
