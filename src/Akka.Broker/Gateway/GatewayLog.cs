using Akka.Event;

namespace Akka.Broker.Gateway;

/// <summary>The actor system's log.</summary>
public sealed class GatewayLog(ILoggingAdapter log) : IGatewayLog
{
    // The texts hold what clients sent: they are arguments, never formats.
    public void Debug(string text) => log.Debug("{0}", text);

    public void Info(string text) => log.Info("{0}", text);

    public void Warning(string text) => log.Warning("{0}", text);

    public void Error(Exception cause, string text) => log.Error(cause, "{0}", text);
}
