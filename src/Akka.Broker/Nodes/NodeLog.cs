using Akka.Broker.Gateway;
using Akka.Broker.Storage;
using Akka.Event;

namespace Akka.Broker.Nodes;

/// <summary>
/// The log of gateway and storage, which work before the actor system does: what they say until <see cref="Attach"/> is kept and told then.
/// Thread-safe.
/// </summary>
internal sealed class NodeLog : IGatewayLog
{
    private readonly Lock _gate = new();
    private List<(LogLevel Level, Exception? Cause, string Text)>? _early = [];
    private ILoggingAdapter? _log;

    public void Attach(ILoggingAdapter log)
    {
        lock (_gate)
        {
            _log = log;
            foreach (var (level, cause, text) in _early ?? [])
                Write(log, level, cause, text);
            _early = null;
        }
    }

    public void On(Storage.LogEvent happened) => Write(
        happened.Level switch
        {
            LogEventLevel.Error => LogLevel.ErrorLevel,
            LogEventLevel.Warning => LogLevel.WarningLevel,
            LogEventLevel.Info => LogLevel.InfoLevel,
            _ => LogLevel.DebugLevel,
        },
        happened.Error,
        $"{happened.Source}: {happened.Message}");

    public void Debug(string text) => Write(LogLevel.DebugLevel, null, text);

    public void Info(string text) => Write(LogLevel.InfoLevel, null, text);

    public void Warning(string text) => Write(LogLevel.WarningLevel, null, text);

    public void Error(Exception cause, string text) => Write(LogLevel.ErrorLevel, cause, text);

    private void Write(LogLevel level, Exception? cause, string text)
    {
        if (Volatile.Read(ref _log) is not { } log)
        {
            lock (_gate)
            {
                if (_early is not null)
                {
                    _early.Add((level, cause, text));
                    return;
                }
            }

            log = _log!;
        }

        Write(log, level, cause, text);
    }

    // The texts hold what clients sent: they are arguments, never formats.
    private static void Write(ILoggingAdapter log, LogLevel level, Exception? cause, string text)
    {
        switch (level)
        {
            case LogLevel.ErrorLevel: log.Error(cause, "{0}", text); break;
            case LogLevel.WarningLevel: log.Warning(cause, "{0}", text); break;
            case LogLevel.InfoLevel: log.Info(cause, "{0}", text); break;
            default: log.Debug(cause, "{0}", text); break;
        }
    }
}
