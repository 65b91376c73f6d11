# A client of the kind that shows chat messages on a terminal; unmodified.
import websocket

class Chat4AllCLI:
    def __init__(self, api_url, websocket_url):
        self.websocket_url = websocket_url
        self.ws = None
    
    def _poll_new_messages(self):
        """WebSocket connection handler"""
        def on_message(ws, message):
            notification = json.loads(message)
            if notification["type"] == "new_message":
                self._show_notification(notification)
        
        def on_error(ws, error):
            print(f"WebSocket error: {error}")
        
        def on_close(ws, code, msg):
            if self.notification_enabled:
                print("Reconnecting...")
                time.sleep(2)
                self._start_websocket()
        
        def on_open(ws):
            print("Connected to notification server")
            # Start ping/pong thread
            def ping_thread():
                while self.notification_enabled:
                    ws.send(json.dumps({"type": "ping"}))
                    time.sleep(30)
            threading.Thread(target=ping_thread, daemon=True).start()
        
        ws_url = f"{self.websocket_url}/notifications?token={self.token}"
        self.ws = websocket.WebSocketApp(
            ws_url,
            on_message=on_message,
            on_error=on_error,
            on_close=on_close,
            on_open=on_open
        )
        self.ws.run_forever()  # Blocking call
