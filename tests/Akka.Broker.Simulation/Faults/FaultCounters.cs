namespace Akka.Broker.Simulation.Faults;

/// <summary>How often each kind of fault happened.</summary>
internal sealed class FaultCounters
{
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    private readonly long[] _counts = new long[Kinds.Length];

    public long this[FaultKind kind] => _counts[(int)kind];

    public void Count(FaultKind kind, long times = 1) => _counts[(int)kind] += times;

    public void Add(FaultCounters other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
    }

    /// <summary>What happened less often than that.</summary>
    public IEnumerable<FaultKind> RarerThan(long count) => Kinds.Where(k => this[k] < count);

    public override string ToString() => string.Join(' ', Kinds.Select(k => $"{k}={this[k]}"));
}
