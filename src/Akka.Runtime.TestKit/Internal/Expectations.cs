using System.Collections;
using System.Runtime.CompilerServices;

namespace Akka.TestKit.Internal;

/// <summary>Takes the test actor's messages and fails the test when one is missing or wrong. The test's thread only.</summary>
internal sealed class Expectations(ReceivedMessages received, TestClock clock, ITestKitAssertions assertions)
{
    /// <summary>The message that was taken last.</summary>
    public MessageEnvelope Last { get; private set; } = NullMessageEnvelope.Instance;

    public MessageEnvelope? Take(TimeSpan timeout, CancellationToken cancellationToken) =>
        Taken(received.Take(timeout, cancellationToken));

    public async ValueTask<MessageEnvelope?> TakeAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        Taken(await received.TakeAsync(timeout, cancellationToken).ConfigureAwait(false));

    public T Expect<T>(TimeSpan? timeout, string? hint, Action<MessageEnvelope> check, CancellationToken cancellationToken)
    {
        var envelope = Require<T>(clock.RemainingOrDilated(timeout), hint, cancellationToken);
        check(envelope);
        return (T)envelope.Message;
    }

    public async ValueTask<T> ExpectAsync<T>(TimeSpan? timeout, string? hint, Action<MessageEnvelope> check, CancellationToken cancellationToken)
    {
        var envelope = await RequireAsync<T>(clock.RemainingOrDilated(timeout), hint, cancellationToken).ConfigureAwait(false);
        check(envelope);
        return (T)envelope.Message;
    }

    public MessageEnvelope Require<T>(TimeSpan timeout, string? hint, CancellationToken cancellationToken) =>
        Required<T>(Take(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellationToken), timeout, hint);

    public async ValueTask<MessageEnvelope> RequireAsync<T>(TimeSpan timeout, string? hint, CancellationToken cancellationToken) =>
        Required<T>(await TakeAsync(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellationToken).ConfigureAwait(false), timeout, hint);

    public void AssertEquals<T>(T expected, T actual, string? hint)
    {
        if (!(expected is IEnumerable and not string && actual is IEnumerable
                ? ((IEnumerable)expected).Cast<object>().SequenceEqual(((IEnumerable)actual).Cast<object>())
                : Equals(expected, actual)))
        {
            assertions.Fail($"Failed: Expected {expected}, but got {actual}.{Hinted(hint)}");
        }
    }

    public void AssertHolds(bool holds, MessageEnvelope envelope, string? hint) =>
        assertions.AssertTrue(holds, $"Failed: Got a message that does not match: {Describe(envelope)}.{Hinted(hint)}");

    public void NoMsg(TimeSpan duration, CancellationToken cancellationToken) => Silent(Take(duration, cancellationToken));

    public async ValueTask NoMsgAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        Silent(await TakeAsync(duration, cancellationToken).ConfigureAwait(false));

    public List<object> ReceiveMany(int count, TimeSpan max, CancellationToken cancellationToken)
    {
        var end = clock.Now + max;
        var messages = new List<object>(count);
        while (messages.Count < count)
            messages.Add(Require<object>(end - clock.Now, $"{messages.Count} of {count} came", cancellationToken).Message);
        return messages;
    }

    public async IAsyncEnumerable<object> ReceiveManyAsync(int count, TimeSpan max, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = clock.Now + max;
        for (var i = 0; i < count; i++)
            yield return (await RequireAsync<object>(end - clock.Now, $"{i} of {count} came", cancellationToken).ConfigureAwait(false)).Message;
    }

    public T Fish<T>(Predicate<T> isMessage, ArrayList dropped, TimeSpan max, string hint, CancellationToken cancellationToken)
    {
        var end = clock.Now + max;
        while (true)
        {
            var message = Require<object>(end - clock.Now, hint, cancellationToken).Message;
            if (message is T typed && isMessage(typed))
                return typed;
            dropped.Add(message);
        }
    }

    public async ValueTask<T> FishAsync<T>(
        Predicate<T> isMessage, ArrayList dropped, TimeSpan max, string hint, CancellationToken cancellationToken)
    {
        var end = clock.Now + max;
        while (true)
        {
            var message = (await RequireAsync<object>(end - clock.Now, hint, cancellationToken).ConfigureAwait(false)).Message;
            if (message is T typed && isMessage(typed))
                return typed;
            dropped.Add(message);
        }
    }

    public List<T> ReceiveWhile<T>(Func<object, T> filter, TimeSpan max, TimeSpan? idle, int count, CancellationToken cancellationToken)
    {
        var end = clock.Now + max;
        var results = new List<T>();
        while (results.Count < count)
        {
            var left = end - clock.Now;
            var wait = idle < left ? idle.Value : left;
            if (received.Peek(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, cancellationToken) is not { } next || filter(next.Message) is not { } result)
                break;
            Take(TimeSpan.Zero, cancellationToken);
            results.Add(result);
        }
        clock.LastWasNoMsg = true;
        return results;
    }

    private static string Describe(MessageEnvelope envelope) => $"{{{envelope.Message}}} ({envelope.Message.GetType()}) from {envelope.Sender}";

    private static string Hinted(string? hint) => string.IsNullOrEmpty(hint) ? "" : $" Hint: {hint}";

    private MessageEnvelope? Taken(MessageEnvelope? envelope)
    {
        clock.LastWasNoMsg = false;
        Last = envelope ?? NullMessageEnvelope.Instance;
        return envelope;
    }

    private MessageEnvelope Required<T>(MessageEnvelope? envelope, TimeSpan timeout, string? hint)
    {
        if (envelope is null)
            assertions.Fail($"Failed: Timeout {timeout} while waiting for a message of type {typeof(T)}.{Hinted(hint)}");
        else if (envelope.Message is not T)
            assertions.Fail($"Failed: Expected a message of type {typeof(T)}, but received {Describe(envelope)} instead.{Hinted(hint)}");
        return envelope!;
    }

    private void Silent(MessageEnvelope? envelope)
    {
        if (envelope is not null)
            assertions.Fail($"Failed: Expected no messages, instead we received {Describe(envelope)}");
        clock.LastWasNoMsg = true;
    }
}
