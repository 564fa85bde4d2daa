using Akka.Broker.Client.Consuming;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class HandlerAttemptsSpec
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Runner _runner = new();

    [Fact]
    public void They_are_given_up_in_the_order_of_their_beginnings_in_whatever_order_others_end()
    {
        var attempts = new HandlerAttempts(_runner, TimeSpan.FromMilliseconds(100), 4);
        for (var i = 0; i < 100; i++)
            attempts.Begin(null!, i);
        var begun = _runner.Take(100);
        foreach (var through in begun.Where(a => a.DeadlineMs % 3 == 0))
            Assert.True(attempts.TryEnd(through));

        Assert.False(attempts.TryGiveUpLate(99, out _, out _));
        for (var at = 100; at < 200; at++)
        {
            if (at % 3 == 0)
                continue;
            Assert.Equal(at, attempts.NextDeadlineMs);
            attempts.TryGiveUpLate(at, out _, out var error);
            Assert.IsType<TimeoutException>(error);
        }

        Assert.Equal(long.MaxValue, attempts.NextDeadlineMs);
    }

    [Fact]
    public void A_handler_whose_time_is_over_is_told_by_its_token_and_what_it_still_brings_is_not_taken()
    {
        var attempts = new HandlerAttempts(_runner, TimeSpan.FromMilliseconds(100), 4);
        attempts.Begin(null!, 0);
        var late = _runner.Take(1)[0];

        attempts.TryGiveUpLate(100, out _, out _);

        Assert.True(late.Cancelled.WaitHandle.WaitOne(Patience));
        Assert.False(attempts.TryEnd(late));
    }

    [Fact]
    public void A_token_that_nobody_cancelled_is_used_again_and_what_was_registered_with_it_is_not_called_for_the_next()
    {
        var attempts = new HandlerAttempts(_runner, TimeSpan.FromMilliseconds(100), 4);
        attempts.Begin(null!, 0);
        var first = _runner.Take(1)[0];
        var told = 0;
        first.Cancelled.Register(() => Interlocked.Increment(ref told));
        attempts.TryEnd(first);

        attempts.Begin(null!, 0);
        var second = _runner.Take(1)[0];
        attempts.TryGiveUpLate(100, out _, out _);
        Assert.True(second.Cancelled.WaitHandle.WaitOne(Patience));
        attempts.Begin(null!, 100);

        Assert.Same(first.Cancelling, second.Cancelling);
        Assert.Equal(0, told);
        Assert.NotSame(second.Cancelling, _runner.Take(1)[0].Cancelling);
    }

    [Fact]
    public void Handlers_without_a_deadline_share_a_token_that_ends_with_the_run()
    {
        var attempts = new HandlerAttempts(_runner, null, 4);
        attempts.Begin(null!, 0);
        attempts.Begin(null!, 0);
        var begun = _runner.Take(2);
        attempts.TryEnd(begun[0]);

        attempts.GiveUpAll(new OperationCanceledException());

        Assert.Equal(begun[0].Cancelled, begun[1].Cancelled);
        Assert.True(begun[1].Cancelled.WaitHandle.WaitOne(Patience));
        Assert.True(begun[1].IsOver);
        Assert.Equal(long.MaxValue, attempts.NextDeadlineMs);
    }

    private sealed class Runner : IAttemptRunner
    {
        private readonly System.Collections.Concurrent.BlockingCollection<HandlerAttempt> _begun = [];

        public void Run(HandlerAttempt attempt) => _begun.Add(attempt);

        /// <summary>By their deadlines; the pool begins them in any order.</summary>
        public List<HandlerAttempt> Take(int count)
        {
            var taken = new List<HandlerAttempt>();
            while (taken.Count < count)
                taken.Add(_begun.TryTake(out var attempt, Patience) ? attempt : throw new TimeoutException("Not begun."));
            return [.. taken.OrderBy(a => a.DeadlineMs)];
        }
    }
}
