// A web service whose models learn while it answers. Two models of one type, "north" and "south", each predict a number from three; every example that a client posts is trained on once, in the order in which it was acknowledged.
//
//   dotnet run --project samples/LearningService -- serve --folder data --urls http://127.0.0.1:5080
//   curl -X POST 127.0.0.1:5080/models/north/examples -H 'Content-Type: application/json' -d '{"id": 1, "inputs": [1, 2, 3], "target": 4}'
//   curl -X POST 127.0.0.1:5080/models/north/predictions -H 'Content-Type: application/json' -d '{"inputs": [1, 2, 3]}'
//
// Without 'serve' it checks itself: it starts the service, sends examples, kills it (kill -9) several times under load, and compares the models with ones trained on the examples without interruption, to the bit.
using Samples;

return args is ["serve", .. var rest] ? await Service.Run(rest) : await Torture.Run(kills: args is ["kills", var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 3);
