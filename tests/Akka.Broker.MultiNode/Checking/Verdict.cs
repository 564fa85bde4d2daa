namespace Akka.Broker.MultiNode.Checking;

/// <summary>One kind of broken promise: how often, and the first few.</summary>
public sealed class Finding(string name)
{
    private const int ExamplesMax = 5;
    private readonly List<string> _examples = [];

    public string Name { get; } = name;

    public int Count { get; private set; }

    public IReadOnlyList<string> Examples => _examples;

    internal void Add(string example)
    {
        Count++;
        if (_examples.Count < ExamplesMax)
            _examples.Add(example);
    }
}

/// <summary>What the checker found in a history.</summary>
public sealed class Verdict
{
    /// <summary>Acknowledged, and a reader that read on past its offset to the end did not find it there.</summary>
    public Finding Lost { get; } = new("lost writes");

    /// <summary>An idempotent writer's record at two offsets.</summary>
    public Finding Duplicates { get; } = new("duplicates");

    /// <summary>An idempotent writer's records of one partition, not in the order in which it sent them.</summary>
    public Finding Reordered { get; } = new("reordered");

    /// <summary>Two clients, or one at two times, saw different records at one offset; or one heard of another offset than it was found at.</summary>
    public Finding TwoValues { get; } = new("one offset with two values");

    /// <summary>A reader was handed a later record before one that lies between.</summary>
    public Finding Skipped { get; } = new("skipped polls");

    /// <summary>A reader was handed an offset again, or an earlier one, without having asked for it.</summary>
    public Finding NonMonotonic { get; } = new("non-monotonic polls");

    /// <summary>Acknowledged, but no reader that was to read to the end got so far.</summary>
    public Finding Unseen { get; } = new("unseen at the end");

    /// <summary>Nobody sent it, or not to that partition.</summary>
    public Finding Invented { get; } = new("records nobody sent");

    /// <summary>A member of a group began before what the group had committed.</summary>
    public Finding CommitsLost { get; } = new("commits lost");

    public int Sent { get; internal set; }

    public int Acked { get; internal set; }

    public int GivenUp { get; internal set; }

    public int Polled { get; internal set; }

    public int Rebalances { get; internal set; }

    public IReadOnlyList<Finding> All => [Lost, Duplicates, Reordered, TwoValues, Skipped, NonMonotonic, Unseen, Invented, CommitsLost];

    public bool IsClean => All.All(f => f.Count == 0);

    /// <summary>One line of counts, and a line for each example of what is wrong.</summary>
    public override string ToString()
    {
        var counts = $"{Sent} sent, {Acked} acknowledged, {GivenUp} given up, {Polled} polled; {string.Join(", ", All.Select(f => $"{f.Count} {f.Name}"))}";
        return string.Join("\n", [counts, .. All.SelectMany(f => f.Examples.Select(e => $"  {f.Name}: {e}"))]);
    }
}
