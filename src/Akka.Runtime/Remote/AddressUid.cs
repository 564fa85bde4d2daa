using Akka.Actor;
using Akka.Util;

namespace Akka.Remote;

/// <summary>Tells this start of the system from others at the same address.</summary>
public class AddressUid : IExtension
{
    public readonly int Uid = Math.Max(1, SystemChance.Next());
}
