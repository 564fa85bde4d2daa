using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit.Internal;

/// <summary>Published on the event stream: the test's logger applies these filters from now on, and completes <paramref name="Done"/> when it does.</summary>
internal sealed record MuteFilters(IReadOnlyList<IEventFilter> Filters, TaskCompletionSource Done) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

internal sealed record UnmuteFilters(IReadOnlyList<IEventFilter> Filters) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
