using System.Diagnostics.Metrics;
using System.Globalization;
using Akka.Broker.Coordination.Commands;
using Akka.Broker.Gateway;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol;

namespace Akka.Broker.Groups.Lag;

/// <summary>What <see cref="GroupLagMonitor"/> may cost.</summary>
/// <param name="IntervalMs">What is older is worked out anew when it is asked for.</param>
/// <param name="PartitionsMax">Group and partition pairs that are looked at; of further ones only the number is told.</param>
public sealed record GroupLagOptions(long IntervalMs, int PartitionsMax);

/// <summary>
/// The lag of the groups that this node coordinates, by partition, in records and in seconds.
/// <code>
///   asked ─▶ what was worked out last is answered at once ─ is it old? ─▶ worked out anew, beside: offsets of the groups ─▶ ends ─▶ times of first records
/// </code>
/// Nothing is done while nobody asks. One working-out at a time; the time of a record is read once for as long as a group stands there. Thread-safe.
/// </summary>
internal sealed class GroupLagMonitor(Func<GroupRouter?> groups, IPartitionPositions positions, GroupLagOptions options, TimeProvider time, IGatewayLog log) : IFigures
{
    private const int GroupsAskedAtOnce = 32;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private Dictionary<TopicPartitionOffset, long> _times = [];
    private IReadOnlyList<GroupLag> _lags = [];
    private Task _refreshing = Task.CompletedTask;
    private long _refreshedAt;
    private bool _isRefreshed;
    private int _omitted;

    public void PublishTo(BrokerMeter meter)
    {
        meter.Gauge("akka.broker.group.lag.records", null, "Records that a group has not consumed of a partition; on the node that coordinates the group.",
            () => Current().Where(l => l.Records is not null).Select(l => new Measurement<long>(l.Records!.Value, Tags(l))));
        meter.Gauge("akka.broker.group.lag", "s", "Age of the first record that a group has not consumed of a partition; 0 if there is none.",
            () => Current().Where(l => l.Seconds is not null).Select(l => new Measurement<double>(l.Seconds!.Value, Tags(l))));
        meter.Gauge("akka.broker.group.offset", null, "The offset that a group has committed for a partition.",
            () => Current().Select(l => new Measurement<long>(l.CommittedOffset, Tags(l))));
        meter.Gauge("akka.broker.group.partitions.omitted", null, "Partitions of groups whose lag is not looked at, since there are too many.", () => Volatile.Read(ref _omitted));
    }

    /// <summary>What was worked out last, at most an interval and a working-out ago while somebody asks.</summary>
    public IReadOnlyList<GroupLag> Current()
    {
        lock (_gate)
        {
            if (_refreshing.IsCompleted && (!_isRefreshed || time.GetElapsedTime(_refreshedAt).TotalMilliseconds >= options.IntervalMs) && !_stopping.IsCancellationRequested)
                _refreshing = Task.Run(RefreshQuietlyAsync);
            return _lags;
        }
    }

    /// <summary>Works it out now.</summary>
    public async Task<IReadOnlyList<GroupLag>> RefreshAsync(CancellationToken cancelled = default)
    {
        var committed = await CommittedAsync(cancelled).ConfigureAwait(false);
        var ends = await positions.EndsAsync([.. committed.Select(c => c.Place.Partition).Distinct()], cancelled).ConfigureAwait(false);
        var behind = committed.Select(c => c.Place).Where(p => ends.TryGetValue(p.Partition, out var end) && end > p.Offset).Distinct().ToList();
        var known = behind.Where(_times.ContainsKey).ToDictionary(p => p, p => _times[p]);
        foreach (var (place, read) in await positions.TimestampsAsync([.. behind.Where(p => !known.ContainsKey(p))], cancelled).ConfigureAwait(false))
            known[place] = read;
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var lags = committed.ConvertAll(c => LagOf(c.Group, c.Place, ends, known, nowMs));
        lock (_gate)
            (_lags, _times, _refreshedAt, _isRefreshed) = (lags, known, time.GetTimestamp(), true);
        return lags;
    }

    public void Stop() => _stopping.Cancel();

    private static GroupLag LagOf(
        string group, TopicPartitionOffset place, IReadOnlyDictionary<TopicPartition, long> ends, Dictionary<TopicPartitionOffset, long> times, long nowMs)
    {
        if (!ends.TryGetValue(place.Partition, out var end))
            return new GroupLag(group, place.Partition, place.Offset, -1, null);
        double? seconds = end <= place.Offset ? 0 : times.TryGetValue(place, out var timestamp) ? Math.Max(0, nowMs - timestamp) / 1000.0 : null;
        return new GroupLag(group, place.Partition, place.Offset, end, seconds);
    }

    private static KeyValuePair<string, object?>[] Tags(GroupLag lag) =>
    [
        new("group", lag.GroupId),
        new("topic", lag.Partition.Topic),
        new("partition", lag.Partition.Partition.ToString(CultureInfo.InvariantCulture)),
    ];

    private async Task RefreshQuietlyAsync()
    {
        try
        {
            await RefreshAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
#pragma warning disable CA1031 // a figure that cannot be had must not cost more than itself
        catch (Exception cause)
#pragma warning restore CA1031
        {
            log.Warning($"The lag of groups could not be worked out: {cause.Message}");
            lock (_gate)
                (_refreshedAt, _isRefreshed) = (time.GetTimestamp(), true);
        }
    }

    /// <summary>Where the groups stand that this node coordinates, by their coordinators.</summary>
    private async Task<List<(string Group, TopicPartitionOffset Place)>> CommittedAsync(CancellationToken cancelled)
    {
        List<(string, TopicPartitionOffset)> committed = [];
        var omitted = 0;
        if (groups() is not { } router)
            return committed;
        var listed = await Task.WhenAll(router.Partitions.Select(p => router.ListAsync(p, cancelled))).ConfigureAwait(false);
        foreach (var some in listed.SelectMany(l => l.Groups).Select(g => g.GroupId).Chunk(GroupsAskedAtOnce))
        {
            var answers = await Task.WhenAll(some.Select(async id =>
                (Id: id, Result: await router.AskAsync<FetchOffsetsResult>(id, new FetchOffsetsCommand(null, RequireStable: false), cancelled).ConfigureAwait(false)))).ConfigureAwait(false);
            foreach (var (id, result) in answers.Where(a => a.Result.Error == ErrorCode.None))
            {
                foreach (var offset in result.Offsets.Where(o => o.Error == ErrorCode.None && o.Offset >= 0))
                {
                    if (committed.Count < options.PartitionsMax)
                        committed.Add((id, new TopicPartitionOffset(offset.Partition, offset.Offset)));
                    else
                        omitted++;
                }
            }
        }

        Volatile.Write(ref _omitted, omitted);
        return committed;
    }
}
