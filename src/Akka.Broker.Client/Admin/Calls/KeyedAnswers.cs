using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>
/// The items of a call: open, or answered for good. A passing failure leaves an item open and is remembered as its obstacle. Questions to several brokers fill
/// it in parallel.
/// <para>Invariants: an item is open or answered, never both; what is answered stays so. What was not mentioned in this round is open.</para>
/// </summary>
internal sealed class KeyedAnswers<TKey, TValue> where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly AdminCall _call;
    private readonly string _what;
    private readonly bool _topicsMayBeYoung;
    private readonly Dictionary<TKey, BrokerClientException?> _open;
    private readonly HashSet<TKey> _unmentioned = [];
    private readonly Dictionary<TKey, AdminResult<TValue>> _answered = [];

    /// <param name="call">Whose time it takes.</param>
    /// <param name="what">What is asked of each item, as the beginning of a sentence that goes on with it.</param>
    /// <param name="keys">The items; one that is named twice counts once.</param>
    /// <param name="topicsMayBeYoung">An unknown topic is asked for again for a while.</param>
    public KeyedAnswers(AdminCall call, string what, IEnumerable<TKey> keys, bool topicsMayBeYoung)
    {
        _call = call;
        _what = what;
        _topicsMayBeYoung = topicsMayBeYoung;
        _open = keys.Distinct().ToDictionary(key => key, _ => (BrokerClientException?)null);
    }

    public IReadOnlyList<TKey> Open
    {
        get
        {
            lock (_lock)
                return [.. _open.Keys];
        }
    }

    public void Succeed(TKey key, TValue value) => Answer(key, new AdminResult<TValue>(value));

    public void Fail(TKey key, ErrorCode code, string? text = null) => Fail(key, BrokerClientException.Of(code, $"{_what} {key}", text));

    public void Take(TKey key, ErrorCode code, string? text, Func<TValue> value)
    {
        if (code == ErrorCode.None)
            Succeed(key, value());
        else
            Fail(key, code, text);
    }

    /// <summary>A whole question was refused; it was about these items.</summary>
    public void FailAll(IEnumerable<TKey> asked, ErrorCode code, string? text)
    {
        foreach (var key in asked)
            Fail(key, code, text);
    }

    /// <summary>A whole question failed; it was about these items.</summary>
    public void FailAll(IEnumerable<TKey> asked, BrokerClientException failure)
    {
        foreach (var key in asked)
            Fail(key, failure);
    }

    /// <summary>The question was answered; an item that the answer does not name will not be named by asking again.</summary>
    public void FailUnmentioned(IEnumerable<TKey> asked)
    {
        foreach (var key in asked)
        {
            bool isUnmentioned;
            lock (_lock)
                isUnmentioned = _unmentioned.Contains(key);
            if (isUnmentioned)
                Fail(key, ErrorCode.UnknownServerError, "the broker's answer does not mention it.");
        }
    }

    /// <summary>Begins a round: all that is open is asked for again.</summary>
    public void BeginRound()
    {
        lock (_lock)
        {
            _unmentioned.Clear();
            _unmentioned.UnionWith(_open.Keys);
        }
    }

    public void GiveUp()
    {
        lock (_lock)
        {
            foreach (var (key, obstacle) in _open)
                _answered[key] = new AdminResult<TValue>(_call.TimedOut(obstacle));
            _open.Clear();
        }
    }

    public AdminResults<TKey, TValue> ToResults() => new(_answered);

    private void Fail(TKey key, BrokerClientException failure)
    {
        var passes = AdminErrors.IsPassing(failure.ErrorCode)
            || (_topicsMayBeYoung && AdminErrors.IsUnknownTopic(failure.ErrorCode) && _call.MayKnowTopicSoon);
        if (!passes)
        {
            Answer(key, new AdminResult<TValue>(failure));
            return;
        }

        lock (_lock)
        {
            _unmentioned.Remove(key);
            // That the time is over is no reason; what was met before is.
            if (_open.TryGetValue(key, out var before) && !(_call.IsOver && before is not null))
                _open[key] = failure;
        }
    }

    private void Answer(TKey key, AdminResult<TValue> result)
    {
        lock (_lock)
        {
            _unmentioned.Remove(key);
            if (_open.Remove(key))
                _answered.Add(key, result);
        }
    }
}
