using Akka.Actor;
using Akka.Util;

namespace Akka.Event;

/// <summary>Starts and stops the loggers of a system: the direct printer at first and at last, the configured actors between.</summary>
internal sealed class Loggers(ActorSystemImpl system)
{
    private static readonly LogLevel[] Levels = [LogLevel.DebugLevel, LogLevel.InfoLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel];

    private readonly StandardOutLogger _direct = new();
    private readonly List<IActorRef> _loggers = [];

    public void StartDirect() => Subscribe(_direct, Logging.LogLevelFor(system.Settings.StdoutLogLevel));

    public void Start()
    {
        var level = Logging.LogLevelFor(system.Settings.LogLevel);
        foreach (var name in system.Settings.Loggers)
        {
            var type = TypeResolver.Resolve(name, "akka.loggers");
            if (type == typeof(StandardOutLogger))
                continue;
            Start(type, level);
        }
        system.EventStream.SetLogLevel(level);
        if (_loggers.Count > 0)
            system.EventStream.Unsubscribe(_direct);
    }

    public void Stop()
    {
        if (_loggers.Count > 0)
            StartDirect();
        foreach (var logger in _loggers)
            system.EventStream.Unsubscribe(logger);
    }

    private void Start(Type type, LogLevel level)
    {
        var number = _loggers.Count + 1;
        var logger = system.SystemActorOf(
            Props.Create(type).WithDispatcher(system.Settings.LoggersDispatcher), $"log{number}-{Logging.SimpleName(type)}");
        var start = logger.Ask(new InitializeLogger(system.EventStream), system.Settings.LoggerStartTimeout);
        try
        {
            if (!system.Settings.LoggerAsyncStart && start.GetAwaiter().GetResult() is not LoggerInitialized)
                throw new LoggerInitializationException($"Logger {type.Name} did not answer with LoggerInitialized");
        }
        catch (AskTimeoutException)
        {
            system.EventStream.Publish(new Warning(
                nameof(Loggers), typeof(Loggers), $"Logger {type.Name} did not start within {system.Settings.LoggerStartTimeout}; akka.logger-startup-timeout sets the time"));
        }
        _loggers.Add(logger);
        Subscribe(logger, level);
    }

    private void Subscribe(IActorRef logger, LogLevel level)
    {
        foreach (var each in Levels.Where(each => each >= level))
            system.EventStream.Subscribe(logger, each.ClassFor());
    }
}
