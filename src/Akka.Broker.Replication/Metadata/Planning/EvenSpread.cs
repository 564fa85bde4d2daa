namespace Akka.Broker.Replication.Metadata.Planning;

/// <summary>How units may be shifted between places.</summary>
internal interface ISpreadable
{
    /// <summary>The cheapest unit that can be shifted now; false if none can. A cost is negative where a shift that was made before is taken back.</summary>
    bool TryCheapest(int from, int to, out int unit, out int cost);

    void Shift(int unit, int from, int to);

    bool CanShift(int unit, int from, int to);
}

/// <summary>
/// Spreads units over places as evenly as they can be, with the fewest shifts: a minimum-cost flow, by cancelling cycles. The places and one node outside
/// are a graph; an edge between places is the cheapest shift, an edge from outside takes a unit off a place, one to outside adds one. What a place costs
/// rises with the square of its units, so that the last unit of a full place is dearer than the next of an emptier one; a shift costs one. While there is
/// a cycle of negative cost, it is carried out; where there is none, nothing is more even, and as even with fewer shifts.
/// </summary>
/// <param name="units">What is spread.</param>
/// <param name="counts">How many units each place has; kept up to date.</param>
/// <param name="kinds">What each place is for.</param>
internal sealed class EvenSpread(ISpreadable units, int[] counts, PlaceKind[] kinds)
{
    /// <summary>Evenness comes before any number of shifts.</summary>
    private const long Step = 1L << 32;

    /// <summary>Emptying comes before evenness.</summary>
    private const long Emptying = 1L << 52;

    private const long None = long.MaxValue / 4;

    private readonly int _outside = counts.Length;
    private readonly int _nodes = counts.Length + 1;
    private readonly long[,] _costs = new long[counts.Length + 1, counts.Length + 1];
    private readonly int[,] _units = new int[counts.Length + 1, counts.Length + 1];

    public void Run()
    {
        while (true)
        {
            Measure();
            if (NegativeCycle() is not { } cycle || !Apply(cycle))
                return;
            if (cycle.Count == 3 && cycle.Contains(_outside))
                Repeat(cycle[(cycle.IndexOf(_outside) + 1) % 3], cycle[(cycle.IndexOf(_outside) + 2) % 3]);
        }
    }

    private void Measure()
    {
        for (var from = 0; from < counts.Length; from++)
        {
            for (var to = 0; to < counts.Length; to++)
            {
                var can = units.TryCheapest(from, to, out _units[from, to], out var cost) && from != to && kinds[to] != PlaceKind.Emptied;
                _costs[from, to] = can ? cost : None;
            }
            _costs[from, _outside] = kinds[from] == PlaceKind.Filled ? ((2L * counts[from]) + 1) * Step : None;
            _costs[_outside, from] = counts[from] == 0 ? None : kinds[from] switch
            {
                PlaceKind.Filled => -((2L * counts[from]) - 1) * Step,
                PlaceKind.Emptied => -Emptying,
                _ => None,
            };
        }
        _costs[_outside, _outside] = None;
    }

    /// <summary>Bellman and Ford's: the nodes of a cycle in the order of its edges.</summary>
    private List<int>? NegativeCycle()
    {
        var distances = new long[_nodes];
        var before = new int[_nodes];
        Array.Fill(before, -1);
        var changed = -1;
        for (var round = 0; round < _nodes; round++)
        {
            changed = -1;
            for (var from = 0; from < _nodes; from++)
            {
                for (var to = 0; to < _nodes; to++)
                {
                    if (_costs[from, to] == None || distances[from] + _costs[from, to] >= distances[to])
                        continue;
                    distances[to] = distances[from] + _costs[from, to];
                    before[to] = from;
                    changed = to;
                }
            }
            if (changed < 0)
                return null;
        }
        for (var i = 0; i < _nodes; i++)
            changed = before[changed];
        var cycle = new List<int>();
        for (var at = changed; cycle.Count == 0 || at != changed; at = before[at])
            cycle.Add(at);
        cycle.Reverse();
        return cycle;
    }

    /// <summary>The same shift again while it gains: far cheaper than to look for each anew, and most of a new broker's share comes so.</summary>
    private void Repeat(int from, int to)
    {
        if (kinds[to] != PlaceKind.Filled)
            return;
        while (counts[from] > 0 && (kinds[from] == PlaceKind.Emptied || counts[from] - counts[to] >= 2)
            && kinds[from] != PlaceKind.Kept && units.TryCheapest(from, to, out var unit, out _))
        {
            Move(unit, from, to);
        }
    }

    private bool Apply(List<int> cycle)
    {
        var done = new List<(int Unit, int From, int To)>();
        for (var i = 0; i < cycle.Count; i++)
        {
            var (from, to) = (cycle[i], cycle[(i + 1) % cycle.Count]);
            if (from == _outside || to == _outside)
                continue;
            var unit = _units[from, to];
            if (!units.CanShift(unit, from, to))
            {
                // One unit on two edges of the cycle: what was shifted goes back, and the spread stays as it was.
                for (var j = done.Count - 1; j >= 0; j--)
                    Move(done[j].Unit, done[j].To, done[j].From);
                return false;
            }
            Move(unit, from, to);
            done.Add((unit, from, to));
        }
        return true;
    }

    private void Move(int unit, int from, int to)
    {
        units.Shift(unit, from, to);
        counts[from]--;
        counts[to]++;
    }
}

/// <summary>What a place of a spread is for.</summary>
internal enum PlaceKind
{
    /// <summary>Gets its share.</summary>
    Filled,

    /// <summary>Shall be empty.</summary>
    Emptied,

    /// <summary>Keeps what it has.</summary>
    Kept,
}
