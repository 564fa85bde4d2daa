using System.Diagnostics;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>Gives actors their turns on threads.</summary>
public abstract class MessageDispatcher
{
    private int _throughput;

    protected MessageDispatcher(MessageDispatcherConfigurator configurator)
    {
        Configurator = configurator;
        var config = configurator.Config;
        Id = config.GetString("id", "");
        _throughput = Math.Max(1, config.GetInt("throughput", DefaultThroughput));
        var deadline = config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero);
        ThroughputDeadlineTime = deadline > TimeSpan.Zero ? deadline.Ticks : null;
        DeadlineTimestampTicks = (long)(deadline.TotalSeconds * Stopwatch.Frequency);
    }

    public const int DefaultThroughput = 100;

    public MessageDispatcherConfigurator Configurator { get; }

    public EventStream EventStream => Configurator.Prerequisites.EventStream;

    public string Id { get; protected set; }

    /// <summary>How many messages an actor handles before others get their turn.</summary>
    public int Throughput
    {
        get => _throughput;
        set => _throughput = Math.Max(1, value);
    }

    /// <summary>How long a turn may last, in ticks; null for no bound.</summary>
    public long? ThroughputDeadlineTime { get; protected set; }

    internal long DeadlineTimestampTicks { get; }

    public void Schedule(Action run) => ExecuteTask(new ActionRunnable(run));

    public void Schedule(IRunnable run) => ExecuteTask(run);

    internal void Execute(IRunnable run) => ExecuteTask(run);

    /// <summary>An actor of this dispatcher is gone.</summary>
    internal virtual void Detach()
    {
    }

    internal void ShutDown() => Shutdown();

    protected abstract void ExecuteTask(IRunnable run);

    protected abstract void Shutdown();
}
