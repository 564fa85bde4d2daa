using Akka.Actor;

namespace Akka.Dispatch.SysMsg;

/// <summary>A message between the runtime's own parts: handled before any other, also by a suspended actor.</summary>
public interface ISystemMessage : INoSerializationVerificationNeeded;
