using System.Diagnostics;

namespace Akka.Remote;

/// <summary>Suspects one resource by its heartbeats. Heartbeats and questions may come from any thread.</summary>
public abstract class FailureDetector
{
    public static readonly Clock DefaultClock = static () => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    /// <summary>Whether the resource is thought to live; true also before its first heartbeat.</summary>
    public abstract bool IsAvailable { get; }

    /// <summary>Whether a heartbeat came ever.</summary>
    public abstract bool IsMonitoring { get; }

    /// <summary>The resource was heard of just now.</summary>
    public abstract void HeartBeat();
}
