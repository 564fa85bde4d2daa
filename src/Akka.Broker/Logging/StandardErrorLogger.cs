using System.Globalization;
using Akka.Actor;
using Akka.Event;

namespace Akka.Broker.Logging;

/// <summary>
/// Akka's log on standard error, one line an event: standard output belongs to the lines that scripts wait for.
/// <code>
/// 2026-01-31T23:59:59.123Z WARNING akka://broker/user/controller: what happened
/// </code>
/// </summary>
public sealed class StandardErrorLogger : ReceiveActor
{
    public StandardErrorLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    private static void Write(LogEvent line)
    {
        var cause = line.Cause is null ? "" : Environment.NewLine + line.Cause;
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{line.Timestamp:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {line.LogLevel().ToString().Replace("Level", "", StringComparison.Ordinal).ToUpperInvariant()} {line.LogSource}: {line.Message}{cause}"));
    }
}
