using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Event;

namespace Akka.Broker.Client.Consuming;

/// <summary>The names of all topics, or why they are not known.</summary>
internal sealed record TopicsListed(int Number, IReadOnlyList<string>? Names, string? Error) : IDeadLetterSuppression;

/// <summary>
/// A subscription by pattern: asks for the list of topics at once, whenever the last one is old, and with each rebalance, and picks those that match. The cluster's internal topics are not among them.
/// Part of the consumer's actor: pumped after whatever may have changed something, and told the answers.
/// <para>Invariants: one question at a time; an answer is used only under the pattern that it was asked for; after each joining something is asked, even if a question was under way, for that may have been answered before.</para>
/// </summary>
internal sealed class TopicPattern(ConsumerContext context)
{
    private Regex? _pattern;
    private int _number;
    private bool _isAsking;
    private bool _hasJoinedSince;
    private long _askedMs;
    private long _nextMs;

    private long SoonAgainMs => _askedMs + context.BackoffMs;

    public bool IsSet => _pattern is not null;

    public long WakeAtMs => _pattern is null || _isAsking ? long.MaxValue : _nextMs;

    /// <summary>Null: topics are chosen by name.</summary>
    public void Set(Regex? pattern)
    {
        _pattern = pattern;
        _number++;
        _isAsking = false;
        _nextMs = 0;
    }

    public void Pump(long nowMs)
    {
        if (nowMs < WakeAtMs)
            return;
        (_isAsking, _hasJoinedSince) = (true, false);
        _askedMs = nowMs;
        ListAsync(_number).PipeTo(context.Self);
    }

    /// <summary>The member joins the group anew: another member may know topics that this one does not yet. What was asked for just now is not asked for again.</summary>
    public void OnJoining()
    {
        _hasJoinedSince = true;
        _nextMs = Math.Min(_nextMs, SoonAgainMs);
    }

    /// <summary>The topics to subscribe to now; null if the answer says nothing.</summary>
    public IReadOnlyList<string>? OnListed(TopicsListed listed, long nowMs)
    {
        if (listed.Number != _number)
            return null;
        _isAsking = false;
        if (listed.Names is null)
        {
            context.Log.Debug("The topics that match {0} are not known: {1}", _pattern!, listed.Error!);
            _nextMs = nowMs + context.BackoffMs;
            return null;
        }
        _nextMs = _hasJoinedSince ? SoonAgainMs : nowMs + Math.Min(context.MetadataMaxAgeMs, int.MaxValue);
        return [.. listed.Names.Where(name => _pattern!.IsMatch(name)).Order(StringComparer.Ordinal)];
    }

    private async Task<TopicsListed> ListAsync(int number)
    {
        try
        {
            var all = new MetadataRequest { Topics = null, AllowAutoTopicCreation = false };
            var response = await context.OffsetLane.AskAnyAsync<MetadataResponse>(all, context.Settings.RequestTimeout, CancellationToken.None).ConfigureAwait(false);
            return new TopicsListed(number, [.. response.Topics.Where(t => t is { ErrorCode: ErrorCode.None, IsInternal: false, Name: not null }).Select(t => t.Name!)], null);
        }
        catch (BrokerClientException e)
        {
            return new TopicsListed(number, null, e.Message);
        }
    }
}
