using Akka.Actor;

namespace Akka.Broker.Nodes;

/// <summary>
/// An actor at the top of a node's life that knows what others here only did because it told them. Restarted, as Akka does by default, it would begin empty among
/// others that go on: it would take their leaderships for nobody's, or believe followed what is followed no more. So it is not restarted when it throws:
/// <code>
///   throws ─▶ logged with its trace ─▶ stopped ─▶ <see cref="LifeWatch"/> ─▶ the life is lost ─▶ another: all actors anew, from the metadata and the logs
/// </code>
/// A node that loses its lives faster than <see cref="LostLives"/> allows ends with the reason, and whatever looks after the process starts it whole.
/// </summary>
public abstract class VitalActor : ReceiveActor
{
    protected sealed override void PostRestart(Exception reason) => Context.Stop(Self);
}
