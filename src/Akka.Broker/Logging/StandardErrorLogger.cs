using Akka.Actor;
using Akka.Event;

namespace Akka.Broker.Logging;

/// <summary>
/// Akka's log on standard error, one line an event, as <c>akka.broker.logging.format</c> says: standard output belongs to the lines that scripts wait for.
/// </summary>
public sealed class StandardErrorLogger : ReceiveActor
{
    private const string FormatPath = "akka.broker.logging.format";

    public StandardErrorLogger()
    {
        var isJson = Context.System.Settings.Config.GetString(FormatPath, "text") == "json";
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(line => Console.Error.WriteLine(isJson ? LogLines.Json(line) : LogLines.Text(line)));
    }
}
