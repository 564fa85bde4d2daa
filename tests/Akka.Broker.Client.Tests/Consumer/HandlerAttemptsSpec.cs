using Akka.Broker.Client.Consuming;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class HandlerAttemptsSpec
{
    private readonly HandlerAttempts _attempts = new();

    [Fact]
    public void The_first_is_the_oldest_that_is_under_way_in_whatever_order_they_end()
    {
        var made = Enumerable.Range(0, 100).Select(i => Make(i)).ToList();
        made.ForEach(_attempts.Add);
        var random = new Random(7);

        while (made.Count > 0)
        {
            Assert.Same(made[0], _attempts.First);
            var through = made[random.Next(made.Count)];
            made.Remove(through);
            _attempts.Remove(through);
        }

        Assert.Null(_attempts.First);
    }

    [Fact]
    public void A_handler_whose_time_is_over_is_told_by_its_token()
    {
        using var cancelling = new CancellationTokenSource();
        var attempt = new HandlerAttempt(null!, new NoRunner(), cancelling);

        attempt.GiveUp(new TimeoutException());

        Assert.True(attempt.IsOver);
        Assert.True(attempt.Cancelled.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
    }

    private static HandlerAttempt Make(long deadlineMs) => new(null!, new NoRunner(), new CancellationTokenSource()) { DeadlineMs = deadlineMs };

    private sealed class NoRunner : IAttemptRunner
    {
        public void Run(HandlerAttempt attempt) => Assert.Fail("Nobody runs it.");
    }
}
