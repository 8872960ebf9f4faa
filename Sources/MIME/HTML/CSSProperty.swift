/// The properties that show in text; their raw values are the ASCII bytes of the ends of their names.
enum CSSProperty: UInt64, CaseIterable {
    case display = 0x646973706C6179
    case visibility = 0x736962696C697479
    case opacity = 0x6F706163697479
    case overflow = 0x6F766572666C6F77
    case overflowY = 0x6572666C6F772D79
    case height = 0x686569676874
    case maxHeight = 0x782D686569676874
    case width = 0x7769647468
    case maxWidth = 0x61782D7769647468
    case whiteSpace = 0x74652D7370616365
    case fontSize = 0x6F6E742D73697A65
    case font = 0x666F6E74
    case listStyle = 0x73742D7374796C65
    case listStyleType = 0x796C652D74797065
    case margin = 0x6D617267696E
    case marginTop = 0x7267696E2D746F70
    case marginBottom = 0x6E2D626F74746F6D
    case msoHide = 0x6D736F2D68696465
    case msoList = 0x6D736F2D6C697374

    /// The whole name.
    var name: String {
        switch self {
        case .display: "display"
        case .visibility: "visibility"
        case .opacity: "opacity"
        case .overflow: "overflow"
        case .overflowY: "overflow-y"
        case .height: "height"
        case .maxHeight: "max-height"
        case .width: "width"
        case .maxWidth: "max-width"
        case .whiteSpace: "white-space"
        case .fontSize: "font-size"
        case .font: "font"
        case .listStyle: "list-style"
        case .listStyleType: "list-style-type"
        case .margin: "margin"
        case .marginTop: "margin-top"
        case .marginBottom: "margin-bottom"
        case .msoHide: "mso-hide"
        case .msoList: "mso-list"
        }
    }

    /// The property of a name.
    @inline(__always)
    init?(_ css: Span<UInt8>, _ name: Range<Int>) {
        self.init(rawValue: css.key(name))
        if name.count > 8, !css.equals(name, self.name) { return nil }
    }
}

/// The words of values that show in text; their raw values are their ASCII bytes.
enum CSSKeyword: UInt64, CaseIterable {
    case none = 0x6E6F6E65
    case inline = 0x696E6C696E65
    case contents = 0x636F6E74656E7473
    case block = 0x626C6F636B
    case hidden = 0x68696464656E
    case collapse = 0x636F6C6C61707365
    case pre = 0x707265
    case preWrap = 0x7072652D77726170
    case preLine = 0x7072652D6C696E65
    case normal = 0x6E6F726D616C
    case nowrap = 0x6E6F77726170
    case inherit = 0x696E6865726974
    case all = 0x616C6C
    case ignore = 0x69676E6F7265

    /// The word that a value is.
    @inline(__always)
    init?(_ css: Span<UInt8>, _ value: Range<Int>) {
        guard value.count <= 8 else { return nil }
        self.init(rawValue: css.key(value))
    }
}
