namespace Akka.Broker.Client;

/// <summary>What happens to a record whose handler fails.</summary>
public sealed record RetryPolicy
{
    /// <summary>After so many failures the record goes to <see cref="DeadLetterTopic"/> and its partition moves on.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>Before the second attempt; each further one waits <see cref="DelayFactor"/> times as long, up to <see cref="DelayMax"/>. Records of the same key wait too.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    public double DelayFactor { get; init; } = 2;

    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where records go that no handler could handle. Null: they are left behind with a <see cref="RecordSkipped"/> event.</summary>
    public string? DeadLetterTopic { get; init; }

    /// <summary>The pause after so many failures.</summary>
    internal TimeSpan DelayAfter(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(DelayMax.TotalMilliseconds, Delay.TotalMilliseconds * Math.Pow(DelayFactor, Math.Min(failures - 1, 60))));
}
