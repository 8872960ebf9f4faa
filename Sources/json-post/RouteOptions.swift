import ArgumentParser
import Tool

/// Endpoints for the records of some recipients.
struct RouteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Records for recipients that match PATTERN, as smtp-accept's --rcpt has it, go to this URL.",
            valueName: "NAME:PATTERN=URL"))
    var route: [String] = []

    @Option(
        help: ArgumentHelp("Routes with secrets and headers of their own; read again at SIGHUP.", valueName: "FILE"))
    var routeFile: String?

    var isAny: Bool { !route.isEmpty || routeFile != nil }

    /// Adds the endpoints of the routes. What a stanza of the file does not say is as `requests` has it.
    func add(
        to settings: inout DelivererSettings, _ requests: RequestOptions, _ attempts: AttemptOptions
    ) throws(Failure) {
        for text in route {
            let route = try Route(text)
            if let other = settings.routed[route.name], other.http.url.text != route.url {
                throw Failure(.usage, "--route \(route.name) is given with two URLs")
            }
            settings.routed[route.name] = try requests.endpoint(route.url, attempts: attempts)
            settings.routes.add(route.pattern, to: route.name)
        }
        guard let routeFile else { return }
        for stanza in try RouteStanza.read(try SecretFile.contents(routeFile), routeFile) {
            guard settings.routed[stanza.name] == nil else {
                throw Failure(.usage, "\(routeFile): route \(stanza.name) is given by --route too")
            }
            settings.routed[stanza.name] = try stanza.endpoint(requests, attempts, path: routeFile)
            for pattern in stanza.patterns { settings.routes.add(pattern, to: stanza.name) }
        }
    }
}

extension RouteStanza {
    /// Reads the files that the stanza names.
    fileprivate func endpoint(
        _ requests: RequestOptions, _ attempts: AttemptOptions, path: String
    ) throws(Failure) -> EndpointSettings {
        let requests = options(over: requests)
        do throws(Failure) {
            let file = values(.urlFile)?.first
            let url = try file.map { path throws(Failure) in try SecretFile.line(path) } ?? values(.url)?.first ?? ""
            return try requests.endpoint(url, attempts: attempts)
        } catch {
            throw Failure(error.code, "\(path): route \(name): \(error.message)")
        }
    }

    /// The options for requests, with those replaced that the stanza says.
    private func options(over requests: RequestOptions) -> RequestOptions {
        var options = requests
        if let values = values(.secretFile) { options.secretFile = values }
        if let values = values(.header) { options.header = values }
        if let values = values(.headerFile) { options.headerFile = values }
        if let values = values(.bearerFile) { options.bearerFile = values.first }
        if let values = values(.userFile) { options.userFile = values.first }
        if let values = values(.cacert) { options.cacert = values.first }
        if let values = values(.cert) { options.cert = values.first }
        if let values = values(.key) { options.key = values.first }
        if let values = values(.proxy) { options.proxy = values.first ?? "" }
        if let values = values(.unixSocket) { options.unixSocket = values.first }
        return options
    }
}
