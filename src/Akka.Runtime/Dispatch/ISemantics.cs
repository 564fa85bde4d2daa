namespace Akka.Dispatch;

/// <summary>What an actor can require of its mailbox. The runtime's one mailbox is unbounded and lets its owner put messages in front.</summary>
public interface ISemantics;

public interface IUnboundedMessageQueueSemantics : ISemantics;

public interface IDequeBasedMessageQueueSemantics : ISemantics;

public interface IUnboundedDequeBasedMessageQueueSemantics : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics;
