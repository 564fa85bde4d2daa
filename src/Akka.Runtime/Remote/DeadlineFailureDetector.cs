using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Suspects a resource once its last heartbeat is older than the interval and the acceptable pause together.</summary>
public class DeadlineFailureDetector : FailureDetector
{
    private const long Never = long.MinValue;

    private readonly Clock _clock;
    private readonly long _silenceMaxMs;
    private long _lastHeartbeat = Never;

    public DeadlineFailureDetector(TimeSpan acceptableHeartbeatPause, Clock? clock = null)
        : this(acceptableHeartbeatPause, TimeSpan.Zero, clock)
    {
    }

    public DeadlineFailureDetector(TimeSpan acceptableHeartbeatPause, TimeSpan heartbeatInterval, Clock? clock = null)
    {
        if (acceptableHeartbeatPause < TimeSpan.Zero)
            throw new ArgumentException($"acceptable-heartbeat-pause is {acceptableHeartbeatPause}; it must not be negative", nameof(acceptableHeartbeatPause));
        if (heartbeatInterval < TimeSpan.Zero || heartbeatInterval + acceptableHeartbeatPause == TimeSpan.Zero)
        {
            throw new ArgumentException(
                $"heartbeat-interval is {heartbeatInterval}; it must not be negative, and not 0 with an acceptable-heartbeat-pause of 0", nameof(heartbeatInterval));
        }
        _clock = clock ?? DefaultClock;
        _silenceMaxMs = (long)(acceptableHeartbeatPause + heartbeatInterval).TotalMilliseconds;
    }

    public DeadlineFailureDetector(Config config, EventStream eventStream)
        : this(config.GetTimeSpan("acceptable-heartbeat-pause"), config.GetTimeSpan("heartbeat-interval")) => _ = eventStream;

    public override bool IsAvailable => Volatile.Read(ref _lastHeartbeat) is var last && (last == Never || _clock() - last < _silenceMaxMs);

    public override bool IsMonitoring => Volatile.Read(ref _lastHeartbeat) != Never;

    public override void HeartBeat() => Volatile.Write(ref _lastHeartbeat, _clock());
}
