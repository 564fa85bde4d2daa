namespace Akka.Broker.MultiNode.Checking;

/// <summary>
/// Holds what clients saw against what a log promises. Pure: a history in, a verdict out.
/// <list type="bullet">
/// <item>What was acknowledged at acks=all lies at the offset that was named, and whoever reads the partition to its end finds it there.</item>
/// <item>An offset has one record for ever, for all who look.</item>
/// <item>A reader sees a partition's records in the order of their offsets, none of them twice and none left out.</item>
/// <item>An idempotent writer's records are there once at most, in the order in which they were sent.</item>
/// <item>A group's members begin where the group has committed, or later.</item>
/// </list>
/// What an acks=1 writer was told is not promised, but all that is seen of it must obey the rest. Nobody deletes or compacts in these histories.
/// </summary>
public sealed class HistoryChecker
{
    private readonly Dictionary<(int Partition, long Offset), RecordId> _records = [];
    private readonly Dictionary<int, WriterStarted> _writers = [];
    private readonly Dictionary<RecordId, int> _sentTo = [];
    private readonly Verdict _verdict = new();

    private HistoryChecker()
    {
    }

    public static Verdict Check(IEnumerable<HistoryEvent> history)
    {
        var ordered = history.ToList();
        var checker = new HistoryChecker();
        checker.Collect(ordered);
        checker.CheckAcked(ordered);
        checker.CheckPolls(ordered);
        checker.CheckWriters(ordered);
        checker.CheckCommits(ordered);
        return checker._verdict;
    }

    private bool IsPromised(RecordId id) => !_writers.TryGetValue(id.Writer, out var writer) || writer.IsPromised;

    private bool IsIdempotent(RecordId id) => _writers.TryGetValue(id.Writer, out var writer) && writer.IsIdempotent;

    /// <summary>What lies at each offset, as all who saw something say; the first to name an offset is believed, for want of a better.</summary>
    private void Collect(List<HistoryEvent> history)
    {
        foreach (var happened in history)
        {
            switch (happened)
            {
                case WriterStarted started:
                    _writers[started.Writer] = started;
                    break;
                case Sent sent:
                    _verdict.Sent++;
                    _sentTo[sent.Id] = sent.Partition;
                    break;
                case GaveUp:
                    _verdict.GivenUp++;
                    break;
                case Rebalanced:
                    _verdict.Rebalances++;
                    break;
            }
        }
        foreach (var acked in history.OfType<Acked>())
        {
            _verdict.Acked++;
            // An unpromised one may be truncated and its offset used again.
            if (IsPromised(acked.Id) && acked.Offset >= 0)
                Note(acked.Partition, acked.Offset, acked.Id, "acknowledged");
        }
        foreach (var polled in history.OfType<Polled>())
        {
            _verdict.Polled++;
            Note(polled.Partition, polled.Offset, polled.Id, $"seen by reader {polled.Reader}");
            if (!_sentTo.TryGetValue(polled.Id, out var partition) || partition != polled.Partition)
                _verdict.Invented.Add($"{polled.Id} at {polled.Partition}@{polled.Offset}, seen by reader {polled.Reader}");
        }
    }

    private void Note(int partition, long offset, RecordId id, string how)
    {
        if (!_records.TryAdd((partition, offset), id) && _records[(partition, offset)] != id)
            _verdict.TwoValues.Add($"{partition}@{offset}: {_records[(partition, offset)]} before, {id} {how}");
    }

    private void CheckAcked(List<HistoryEvent> history)
    {
        var ends = new Dictionary<int, (int Reader, long Offset)>();
        foreach (var end in history.OfType<ReachedEnd>())
        {
            if (!ends.TryGetValue(end.Partition, out var known) || known.Offset < end.Offset)
                ends[end.Partition] = (end.Reader, end.Offset);
        }
        var found = new HashSet<(int Reader, int Partition, long Offset, RecordId Id)>();
        foreach (var polled in history.OfType<Polled>())
            found.Add((polled.Reader, polled.Partition, polled.Offset, polled.Id));
        // What anybody has seen below the end is as good as acknowledged: it was committed.
        var promised = history.OfType<Acked>().Where(a => IsPromised(a.Id)).Select(a => (a.Id, a.Partition, a.Offset, How: "acknowledged"))
            .Concat(history.OfType<Polled>().Select(p => (p.Id, p.Partition, p.Offset, How: $"seen by reader {p.Reader}")))
            .DistinctBy(p => (p.Id, p.Partition, p.Offset));
        var anywhere = found.Select(f => (f.Reader, f.Partition, f.Id)).ToHashSet();
        foreach (var (id, partition, offset, how) in promised)
        {
            if (offset < 0 && ends.TryGetValue(partition, out var whole) && anywhere.Contains((whole.Reader, partition, id)))
                continue;
            if (!ends.TryGetValue(partition, out var end) || end.Offset <= offset)
                _verdict.Unseen.Add($"{id}, {how} at {partition}@{offset}; readers reached {(ends.TryGetValue(partition, out end) ? end.Offset : 0)}");
            else if (!found.Contains((end.Reader, partition, offset, id)))
                _verdict.Lost.Add($"{id}, {how} at {partition}@{offset}; reader {end.Reader} read up to {end.Offset} and saw {Describe(partition, offset, end.Reader, history)} there");
        }
    }

    private static string Describe(int partition, long offset, int reader, List<HistoryEvent> history) =>
        history.OfType<Polled>().FirstOrDefault(p => p.Reader == reader && p.Partition == partition && p.Offset == offset)?.Id.ToString() ?? "nothing";

    private void CheckPolls(List<HistoryEvent> history)
    {
        var next = new Dictionary<(int Reader, int Partition), long>();
        foreach (var happened in history)
        {
            if (happened is ReadFrom from)
            {
                next[(from.Reader, from.Partition)] = from.Offset;
            }
            else if (happened is Polled polled)
            {
                var key = (polled.Reader, polled.Partition);
                var expected = next.TryGetValue(key, out var at) ? at : 0;
                if (expected >= 0 && polled.Offset < expected)
                    _verdict.NonMonotonic.Add($"reader {polled.Reader} was at {polled.Partition}@{expected} and was handed {polled.Offset} ({polled.Id})");
                for (var offset = Math.Max(0, expected); expected >= 0 && offset < polled.Offset; offset++)
                {
                    if (_records.TryGetValue((polled.Partition, offset), out var left))
                        _verdict.Skipped.Add($"reader {polled.Reader} was handed {polled.Partition}@{polled.Offset} without {left} at {offset}");
                }
                next[key] = Math.Max(polled.Offset + 1, expected);
            }
        }
    }

    private void CheckWriters(List<HistoryEvent> history)
    {
        foreach (var partition in _records.Where(r => IsIdempotent(r.Value)).GroupBy(r => (r.Key.Partition, r.Value.Writer)))
        {
            var last = -1L;
            var seen = new Dictionary<long, long>();
            foreach (var (place, id) in partition.OrderBy(r => r.Key.Offset))
            {
                if (seen.TryGetValue(id.Number, out var before))
                    _verdict.Duplicates.Add($"{id} at {place.Partition}@{before} and @{place.Offset}");
                else if (id.Number < last)
                    _verdict.Reordered.Add($"{id} at {place.Partition}@{place.Offset}, behind {id.Writer}:{last}");
                seen.TryAdd(id.Number, place.Offset);
                last = Math.Max(last, id.Number);
            }
        }
    }

    private void CheckCommits(List<HistoryEvent> history)
    {
        var committed = new Dictionary<int, long>();
        var groupReaders = history.OfType<Rebalanced>().Select(r => r.Reader).ToHashSet();
        foreach (var happened in history.OrderBy(e => e.AtNs))
        {
            if (happened is Committed commit)
                committed[commit.Partition] = Math.Max(commit.Offset, committed.GetValueOrDefault(commit.Partition));
            else if (happened is ReadFrom from && groupReaders.Contains(from.Reader) && from.Offset < committed.GetValueOrDefault(from.Partition))
                _verdict.CommitsLost.Add($"reader {from.Reader} began {from.Partition} at {from.Offset}; the group had committed {committed[from.Partition]}");
        }
    }
}
