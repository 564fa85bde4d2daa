namespace Akka.Broker.Storage;

public enum LogEventLevel
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>Something that an operator may want to read: what recovery cut, what was deleted, why a log failed. The host decides where it goes.</summary>
/// <param name="Level">How much it matters.</param>
/// <param name="Source">The partition or data folder that it is about.</param>
/// <param name="Message">For humans, one line.</param>
/// <param name="Error">Its cause, if there is one.</param>
public sealed record LogEvent(LogEventLevel Level, string Source, string Message, Exception? Error = null);
