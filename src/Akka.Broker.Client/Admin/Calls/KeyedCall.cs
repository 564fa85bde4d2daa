namespace Akka.Broker.Client.Admin.Calls;

/// <summary>
/// Asks about many items until each has its answer or the time is over:
/// <code>
/// open items ─▶ locator: which broker ─▶ one question a broker, in parallel ─▶ answered: value or refusal
///      ▲                                        └─▶ passing failure ─┐
///      └──────────────── wait, longer each time ◀────────────────────┘
/// </code>
/// </summary>
internal static class KeyedCall
{
    /// <summary>Puts one question about some items to one broker and fills in what it answers.</summary>
    public delegate Task Ask<TKey, TValue>(int brokerId, IReadOnlyList<TKey> keys, KeyedAnswers<TKey, TValue> answers) where TKey : notnull;

    /// <param name="call">Whose time it takes.</param>
    /// <param name="what">What is asked of each item, as the beginning of a sentence that goes on with it: <c>Creating topic</c>.</param>
    /// <param name="keys">The items.</param>
    /// <param name="locator">Who is asked.</param>
    /// <param name="ask">Asks.</param>
    public static async Task<AdminResults<TKey, TValue>> RunAsync<TKey, TValue>(
        AdminCall call, string what, IEnumerable<TKey> keys, IBrokerLocator<TKey> locator, Ask<TKey, TValue> ask) where TKey : notnull
    {
        var answers = new KeyedAnswers<TKey, TValue>(call, what, keys, locator.TopicsMayBeYoung);
        for (var attempt = 0; answers.Open.Count > 0; attempt++)
        {
            answers.BeginRound();
            await RoundAsync(call, locator, ask, answers).ConfigureAwait(false);
            if (answers.Open.Count > 0 && !await call.BackOffAsync(attempt).ConfigureAwait(false))
                answers.GiveUp();
        }

        return answers.ToResults();
    }

    /// <summary>The same of a call whose items have no value to answer with.</summary>
    public static async Task<AdminResults<TKey>> RunAsync<TKey>(
        AdminCall call, string what, IEnumerable<TKey> keys, IBrokerLocator<TKey> locator, Ask<TKey, bool> ask) where TKey : notnull
    {
        var results = await RunAsync<TKey, bool>(call, what, keys, locator, ask).ConfigureAwait(false);
        return new AdminResults<TKey>(results.ToDictionary(item => item.Key, item => item.Value.Error));
    }

    private static async Task RoundAsync<TKey, TValue>(
        AdminCall call, IBrokerLocator<TKey> locator, Ask<TKey, TValue> ask, KeyedAnswers<TKey, TValue> answers) where TKey : notnull
    {
        var asked = answers.Open;
        var places = new Dictionary<int, List<TKey>>();
        try
        {
            foreach (var (key, place) in await locator.LocateAsync(call, asked).ConfigureAwait(false))
            {
                if (place.BrokerId is not { } brokerId)
                    answers.Fail(key, place.ErrorCode, place.Text);
                else if (places.TryGetValue(brokerId, out var keys))
                    keys.Add(key);
                else
                    places.Add(brokerId, [key]);
            }
        }
        catch (BrokerClientException failure)
        {
            answers.FailAll(asked, failure);
        }

        await Task.WhenAll(places.Select(place => AskAsync(place.Key, place.Value, ask, answers))).ConfigureAwait(false);
    }

    private static async Task AskAsync<TKey, TValue>(
        int brokerId, List<TKey> keys, Ask<TKey, TValue> ask, KeyedAnswers<TKey, TValue> answers) where TKey : notnull
    {
        try
        {
            await ask(brokerId, keys, answers).ConfigureAwait(false);
            answers.FailUnmentioned(keys);
        }
        catch (BrokerClientException failure)
        {
            answers.FailAll(keys, failure);
        }
    }
}
