# A client of the kind that holds a thousand connections open; unmodified.
# test_websocket_load.py
import websocket
import threading
import time

def connect_client(user_id, token):
    ws_url = f"ws://localhost:8085/notifications?token={token}"
    ws = websocket.WebSocketApp(ws_url)
    ws.run_forever()

# Criar 1000 clientes
threads = []
for i in range(1000):
    # Registrar usuário, pegar token, conectar
    t = threading.Thread(target=connect_client, args=(f"user{i}", token))
    threads.append(t)
    t.start()
    
time.sleep(60)  # Manter conexões por 1 minuto

# Verificar métricas
# curl http://localhost:9095/metrics | grep websocket_connections_active
# Expected: websocket_connections_active 1000
