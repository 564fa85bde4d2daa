namespace Akka.Broker.Client.Producing;

/// <summary>Milliseconds since it was made, which never go back. Any thread.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeProvider Time => time;

    public long NowMs => (long)time.GetElapsedTime(_start).TotalMilliseconds;
}
