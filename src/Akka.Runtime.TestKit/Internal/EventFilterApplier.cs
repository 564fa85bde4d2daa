using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>
/// Installs filters at the test's logger, runs the code, and waits until as many lines came as were expected. The logger handles the
/// filters before any line that the code causes, since they are in its mailbox first.
/// </summary>
internal sealed class EventFilterApplier(TestKitBase testKit, ActorSystem system, IReadOnlyList<LogEventFilter> filters) : IEventFilterApplier
{
    private TimeSpan Leeway => testKit.TestKitSettings.TestEventFilterLeeway;

    public EventFilterFactory And => new(testKit, system, filters);

    public void ExpectOne(Action action, CancellationToken cancellationToken = default) => Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, action, cancellationToken);

    public T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default) => Expect(1, func, cancellationToken);

    public T ExpectOne<T>(TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, func, cancellationToken);

    public Task ExpectOneAsync(Action action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, Leeway, AsTask(action), cancellationToken);

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, Leeway, actionAsync, cancellationToken);

    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, action, cancellationToken);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, Leeway, action, cancellationToken);

    public void Expect(int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect<object?>(expectedCount, timeout, AsFunction(action), cancellationToken);

    public T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, Leeway, func, cancellationToken);

    public T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default)
    {
        var counter = new MatchCounter(expectedCount);
        using var installed = Install(counter);
        var result = func();
        counter.Wait(testKit.Dilated(timeout), cancellationToken);
        Check(counter, expectedCount, timeout);
        return result;
    }

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, Leeway, actionAsync, cancellationToken);

    public async Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default)
    {
        var counter = new MatchCounter(expectedCount);
        using var installed = Install(counter);
        await action();
        await counter.WaitAsync(testKit.Dilated(timeout), cancellationToken);
        Check(counter, expectedCount, timeout);
    }

    public void Mute(Action action, CancellationToken cancellationToken = default) => Mute<object?>(AsFunction(action), cancellationToken);

    public T Mute<T>(Func<T> func, CancellationToken cancellationToken = default)
    {
        using var installed = Install(null);
        return func();
    }

    public async Task MuteAsync(Func<Task> action, CancellationToken cancellationToken = default)
    {
        using var installed = Install(null);
        await action();
    }

    public IUnmutableFilter Mute() => Install(null);

    private static Func<object?> AsFunction(Action action) => () =>
    {
        action();
        return null;
    };

    private static Func<Task> AsTask(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    private Installed Install(MatchCounter? counter)
    {
        foreach (var filter in filters)
            filter.Matched = counter is null ? null : counter.Count;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.EventStream.Publish(new MuteFilters(filters, done));
        return done.Task.Wait(testKit.Dilated(testKit.TestKitSettings.DefaultTimeout))
            ? new Installed(system, filters)
            : throw new InvalidOperationException($"{system} has no {nameof(TestEventListener)} among akka.loggers, which event filters need");
    }

    private void Check(MatchCounter counter, int expected, TimeSpan timeout)
    {
        var what = string.Join(" or ", filters);
        if (counter.Matches < expected)
            testKit.TestAssertions.Fail($"Timeout ({timeout}) while waiting for {expected} log lines, {counter.Matches} came: {what}");
        else if (counter.Matches > expected)
            testKit.TestAssertions.Fail($"Received {counter.Matches - expected} log lines too many, {expected} expected: {what}");
    }

    private sealed class Installed(ActorSystem system, IReadOnlyList<IEventFilter> filters) : IUnmutableFilter
    {
        public void Unmute() => system.EventStream.Publish(new UnmuteFilters(filters));

        public void Dispose() => Unmute();
    }

    private sealed class MatchCounter(int expected)
    {
        private readonly SemaphoreSlim _matched = new(0);
        private int _matches;

        public int Matches => Volatile.Read(ref _matches);

        public void Count()
        {
            Interlocked.Increment(ref _matches);
            _matched.Release();
        }

        /// <summary>Until as many came as expected; for none, the whole time or until one comes.</summary>
        public void Wait(TimeSpan timeout, CancellationToken cancellation)
        {
            for (var i = 0; i < Math.Max(1, expected); i++)
            {
                if (!_matched.Wait(timeout, cancellation))
                    return;
            }
        }

        public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellation)
        {
            for (var i = 0; i < Math.Max(1, expected); i++)
            {
                if (!await _matched.WaitAsync(timeout, cancellation))
                    return;
            }
        }
    }
}
